using System.Diagnostics;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>What is there when a process ends at any moment, as by kill -9: the one before or the new one, whole.</summary>
public sealed class KillTests : IDisposable
{
    private const string Name = "Cs336.Tokenizers.Tests.Probe";

    /// <summary>A few at every run.</summary>
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("CS336_KILLS") ?? "4");

    private readonly TemporaryFolder _folder = new();
    private readonly string _text;
    private readonly BpeModel[] _models;

    public KillTests()
    {
        _text = _folder.Write("text.txt", string.Join(" ", Enumerable.Range(0, 5_000).Select(i => i * 7919)));
        _models = [.. new[] { 300, 400 }.Select(size => new BpeTrainer(new BpeTrainerOptions { VocabSize = size }).Train(_text))];
        Assert.Equal((300, 400), (_models[0].VocabSize, _models[1].VocabSize));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tokenizer_that_is_saved_over_another_is_always_one_of_them()
    {
        string folder = _folder.File("tokenizer");
        foreach (int delay in Delays())
        {
            KillAfter(delay, "train", folder);
            BpeModel found = BpeModel.Load(folder);
            Assert.Equal(_models.Single(model => model.VocabSize == found.VocabSize).Merges, found.Merges);
        }
    }

    [Fact]
    public void A_text_that_is_encoded_anew_is_always_whole()
    {
        string path = _folder.File("ids.npy");
        int[][] expected =
            [.. _models.Select(model => new BpeTokenizer(model).Encode(File.ReadAllBytes(_text), SpecialTokenHandling.Allow))];
        foreach (int delay in Delays())
        {
            KillAfter(delay, "encode", path);
            using TokenFile file = TokenFile.Open(path);
            int[] ids = new int[file.Length];
            file.Read(0, ids);
            Assert.Contains(ids, expected);
        }
    }

    [Fact]
    public void At_each_step_of_saving_the_folder_is_one_of_the_two()
    {
        string folder = _folder.File("tokenizer"), later = _folder.File("later");
        _models[0].Save(folder);
        _models[1].Save(later);
        Assert.Equal(300, BpeModel.Load(folder).VocabSize);
        File.Delete(Path.Combine(folder, "merges.txt"));
        Assert.Equal(300, BpeModel.Load(folder).VocabSize);
        foreach (string name in (string[])["tokenizer.json", "vocab.json", "merges.txt"])
        {
            File.Move(Path.Combine(later, name), Path.Combine(folder, name), overwrite: true);
            Assert.Equal(_models[1].Merges, BpeModel.Load(folder).Merges);
        }
    }

    [Fact]
    public void Files_of_two_vocabularies_are_not_mixed()
    {
        string folder = _folder.File("tokenizer"), other = _folder.File("other");
        _models[1].Save(other);
        AssertRefused("tokenizer.json", "vocab.json and merges.txt have 300 tokens, but there are 400 in tokenizer.json.");
        AssertRefused("vocab.json", "(id 300), which is not in tokenizer.json.");
        AssertRefused("merges.txt", "vocab.json and merges.txt have 143 merges, but there are 43 in tokenizer.json.");

        // A vocabulary with the merges of a shorter one: every token is there, and only the merges tell.
        _models[1].Save(folder);
        string merges = Path.Combine(folder, "merges.txt");
        File.WriteAllLines(merges, File.ReadAllLines(merges)[..^1]);
        AssertMessage(
            Assert.Throws<InvalidDataException>(() => BpeModel.Load(folder)).Message,
            "vocab.json and merges.txt have 142 merges, but there are 143 in tokenizer.json.");

        void AssertRefused(string theirs, string problem)
        {
            _models[0].Save(folder);
            File.Copy(Path.Combine(other, theirs), Path.Combine(folder, theirs), overwrite: true);
            AssertMessage(Assert.Throws<InvalidDataException>(() => BpeModel.Load(folder)).Message, problem);
        }

        void AssertMessage(string message, string problem)
        {
            Assert.StartsWith($"{folder} holds two vocabularies: ", message);
            Assert.Contains(problem, message);
            Assert.EndsWith("Save the tokenizer anew, or delete the files that are not its own.", message);
        }
    }

    private static IEnumerable<int> Delays()
    {
        Random random = new(Environment.TickCount);
        return Enumerable.Range(0, Kills).Select(_ => random.Next(40)); // anywhere within some turns
    }

    private void KillAfter(int milliseconds, string mode, string target)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", Path.Combine(FindFolder(), Name + ".dll"), mode, _text, target },
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("begun", process.StandardOutput.ReadLine());
        Thread.Sleep(milliseconds);
        process.Kill();
        process.WaitForExit();
    }

    // tests/Cs336.Tokenizers.Tests/bin/Release/net10.0 -> tests/Cs336.Tokenizers.Tests.Probe/bin/Release/net10.0
    private static string FindFolder()
    {
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        DirectoryInfo configuration = framework.Parent!;
        return Path.Combine(configuration.Parent!.Parent!.Parent!.FullName, Name, "bin", configuration.Name, framework.Name);
    }
}
