using Stories;

namespace Packages.Tests.Readmes;

/// <summary>A folder with the files that the READMEs' examples take as given, made by the packed tool.</summary>
internal sealed class Workplace
{
    /// <summary>A run of a few steps: what takes minutes in an example takes a second here.</summary>
    public const string Run = """
        {
          "model": { "vocab_size": 1000, "context_length": 64, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 32 },
          "data": { "training": ["tokens.npy"] },
          "training": { "max_steps": 8, "batch_size": 4, "evaluate_every": 4, "evaluation_tokens": 256, "checkpoint_every": 4 }
        }
        """;

    private readonly PackedFeed _feed;

    public Workplace(PackedFeed feed)
    {
        _feed = feed;
        Folder = Path.GetDirectoryName(feed.Stranger.Write("workplace/small.json", Run))!;
        foreach (string text in (string[])["corpus.txt", "article.txt"]) StoryCorpus.Write(Path.Combine(Folder, text), 200_000, seed: 5);
        CommandLine commands = feed.Stranger.Commands.With(("CS336_LIBTORCH", PackageCache.LibTorchFolder));
        void Cs336(string arguments) => commands.Run(Folder, feed.Tool.Program, arguments.Split(' '));
        Cs336("tokenizer train --input corpus.txt --vocab-size 1000 --output my-tokenizer");
        Cs336("tokenizer convert --input my-tokenizer --output gpt2.tiktoken");
        Cs336("tokenizer encode --tokenizer my-tokenizer --input corpus.txt --output tokens.npy");
        Cs336("train --config small.json --data tokens.npy --tokenizer my-tokenizer --output trained");
    }

    public string Folder { get; }

    /// <summary>A copy of the folder for one program, which may write there.</summary>
    public string CopyFor(string name)
    {
        string copy = _feed.Stranger.File(Path.Combine("work", name));
        CopyFolder(Folder, copy);
        return copy;
    }

    /// <summary>Puts the trained run where an example expects one.</summary>
    public static void PlaceRun(string folder, string run, string checkpoint)
    {
        CopyFolder(Path.Combine(folder, "trained"), Path.Combine(folder, run));
        CopyFolder(Path.Combine(folder, "my-tokenizer"), Path.Combine(folder, run, "tokenizer"));
        string newest = Directory.GetDirectories(Path.Combine(folder, run, "checkpoints")).Order(StringComparer.Ordinal).Last();
        Directory.Move(newest, Path.Combine(folder, run, "checkpoints", checkpoint));
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        foreach (string folder in Directory.GetDirectories(from)) CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
