using System.IO.MemoryMappedFiles;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>What becomes of files where one that is open cannot be renamed, replaced or deleted, as on Windows.</summary>
public sealed class WindowsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WindowsFileSystem _windows;

    public WindowsFileTests() => _windows = new WindowsFileSystem(_folder.Path);

    public void Dispose()
    {
        _windows.Dispose();
        _folder.Dispose();
    }

    [LinuxFact]
    public async Task A_file_is_replaced_as_soon_as_another_program_closes_it()
    {
        string path = _folder.Write("a.txt", "old");
        Task closing = _windows.CloseAfterRefusal(File.OpenRead(path));
        Replace(path);
        await closing;
        Assert.Equal("new", File.ReadAllText(path));
        AssertOnly(path);
    }

    [LinuxFact]
    public void A_file_that_another_program_keeps_open_stays_and_is_named()
    {
        string path = _folder.Write("a.txt", "old");
        using (File.OpenRead(path))
        {
            string message = Assert.Throws<IOException>(() => Replace(path)).Message;
            Assert.StartsWith($"{path} cannot be replaced: another program has it open. ", message);
            Assert.Contains("It was tried for 0.3 s; close the file there and try again. (", message);
            Assert.Equal("old", File.ReadAllText(path));
            AssertOnly(path);
        }
        Replace(path);
        Assert.Equal("new", File.ReadAllText(path));
    }

    [LinuxFact]
    public void A_file_that_is_mapped_stays_and_is_named()
    {
        string path = _folder.Write("a.txt", "old");
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        AssertHeld(path, () => Replace(path));
        Assert.Equal((byte)'o', view.ReadByte(0));
        AssertOnly(path);
    }

    [LinuxFact]
    public async Task A_virus_scanner_that_opens_what_was_just_written_is_waited_for()
    {
        string path = _folder.Write("a.txt", "old");
        using AtomicFile file = new(path);
        file.Stream.Write("new"u8);
        file.Finish();
        Task closing = _windows.CloseAfterRefusal(File.OpenRead(path + ".partial"));
        file.Commit();
        await closing;
        Assert.Equal("new", File.ReadAllText(path));
    }

    [LinuxFact]
    public async Task What_was_not_wanted_goes_as_soon_as_a_virus_scanner_closes_it()
    {
        string path = _folder.File("a.txt");
        Task closing;
        using (AtomicFile file = new(path))
        {
            file.Finish();
            closing = _windows.CloseAfterRefusal(File.OpenRead(path + ".partial"));
        }
        await closing;
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [LinuxFact]
    public void A_file_that_cannot_be_replaced_for_another_reason_is_not_tried_again()
    {
        string path = _folder.File("a.txt");
        Directory.CreateDirectory(path);
        Assert.DoesNotContain("another program", Assert.ThrowsAny<Exception>(() => Replace(path)).Message);
        Assert.Equal(0, _windows.Refusals);
    }

    [LinuxFact]
    public void A_token_file_that_is_open_here_is_encoded_anew_and_read_on()
    {
        string path = _folder.File("ids.npy");
        WriteIds(path, [1, 2]);
        using TokenFile file = TokenFile.Open(path);
        WriteIds(path, [3]);
        int[] ids = new int[2];
        file.Read(0, ids);
        Assert.Equal([1, 2], ids);
        Assert.Equal([3], ReadIds(path));
    }

    [LinuxFact]
    public void A_token_file_that_another_program_keeps_open_stays_and_is_named()
    {
        string path = _folder.File("ids.npy"), text = _folder.Write("text.txt", "aaaa");
        WriteIds(path, [1, 2]);
        BpeTokenizer tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 258 }).TrainTexts(["aa aa"]));
        using (File.OpenRead(path))
            AssertHeld(path, () => tokenizer.EncodeFile(text, path));
        Assert.Equal([1, 2], ReadIds(path));
        tokenizer.EncodeFile(text, path);
        Assert.Equal(tokenizer.Encode("aaaa", SpecialTokenHandling.Allow), ReadIds(path));
    }

    [LinuxFact]
    public void A_tokenizer_is_saved_whole_or_not_at_all()
    {
        string text = string.Join(" ", Enumerable.Range(0, 2_000).Select(i => i * 7919));
        BpeModel[] models =
            [.. new[] { 300, 320 }.Select(size => new BpeTrainer(new BpeTrainerOptions { VocabSize = size }).TrainTexts([text]))];
        foreach (bool withJson in (bool[])[true, false])
        {
            foreach (string held in (string[])["tokenizer.json", "vocab.json", "merges.txt"])
            {
                string folder = _folder.File($"{held}-{withJson}");
                models[0].Save(folder);
                if (!withJson) File.Delete(Path.Combine(folder, "tokenizer.json"));
                string path = Path.Combine(folder, held);
                if (!File.Exists(path)) continue;
                using (File.OpenRead(path))
                    AssertHeld(path, () => models[1].Save(folder));
                Assert.Equal(models[0].Merges, BpeModel.Load(folder).Merges);
                models[1].Save(folder);
                Assert.Equal(models[1].Merges, BpeModel.Load(folder).Merges);
                Assert.Equal(3, Directory.GetFiles(folder).Length);
            }
        }
    }

    [LinuxFact]
    public void A_text_that_is_read_can_be_replaced()
    {
        string path = _folder.Write("text.txt", "old");
        using (FileStream reader = FileOperations.OpenRead(path)) Replace(path);
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void No_package_renames_or_deletes_past_the_place_that_waits_for_others()
    {
        string[] calls = ["File.Move(", "File.Replace(", "File.Delete(", "Directory.Move(", "Directory.Delete("];
        IEnumerable<string> found = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "FileSystem.cs")
            .SelectMany(path => File.ReadLines(path).Where(line => calls.Any(line.Contains))
                .Select(line => $"{Path.GetFileName(path)}: {line.Trim()}"));
        Assert.Empty(found);
    }

    private static void Replace(string path)
    {
        using AtomicFile file = new(path);
        file.Stream.Write("new"u8);
        file.Commit();
    }

    private static void AssertHeld(string path, Action write) =>
        Assert.StartsWith($"{path} cannot be replaced: another program has it open", Assert.Throws<IOException>(write).Message);

    private void AssertOnly(string path) => Assert.Equal([path], Directory.GetFiles(_folder.Path));

    private static void WriteIds(string path, int[] ids)
    {
        using TokenFileWriter writer = new(path, 1000);
        writer.Write(ids);
        writer.Complete();
    }

    private static int[] ReadIds(string path)
    {
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        return ids;
    }
}
