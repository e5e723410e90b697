using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>What a disk that fills up leaves: the error, the files that were there, and the room that was taken for nothing.</summary>
public sealed class FullDiskTests : IDisposable
{
    private static readonly BpeModel Model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 1000 }).TrainTexts(
        [string.Join(' ', Enumerable.Range(0, 3000).Select(i => i * 7919))]);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TmpfsFact]
    public void A_token_file_that_does_not_fit_is_taken_away()
    {
        string mount = Directory.CreateDirectory(_folder.File("disk")).FullName;
        using Tmpfs disk = new(mount, "256k");
        string path = Path.Combine(mount, "ids.npy");
        foreach (int ids in (int[])[131_100, 150_000, 1_000_000]) // in the last flush, or in a write
        {
            Assert.ThrowsAny<IOException>(() =>
            {
                using TokenFileWriter writer = new(path, 1000);
                for (int written = 0; written < ids; written += 1000) writer.Write(new int[1000]);
                writer.Complete();
            });
            Assert.Empty(Directory.EnumerateFileSystemEntries(mount));
        }
        Assert.ThrowsAny<IOException>(() => new BpeTokenizer(Model).EncodeFile(LongText(), path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(mount));
        using (TokenFileWriter writer = new(path, 1000))
        {
            writer.Write(new int[100_000]);
            writer.Complete();
        }
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(mount));
    }

    [TmpfsFact]
    public void A_tokenizer_that_does_not_fit_leaves_the_one_before()
    {
        string mount = Directory.CreateDirectory(_folder.File("disk")).FullName;
        using Tmpfs disk = new(mount, "256k");
        BpeModel small = new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).TrainTexts([string.Join(' ', Enumerable.Range(0, 100))]);
        small.Save(mount);
        string[] before = [.. Directory.EnumerateFiles(mount).Order()];
        for (int free = 0; free < 50; free++)
        {
            string ballast = Path.Combine(mount, "ballast");
            try
            {
                File.WriteAllBytes(ballast, new byte[(228 - (4 * free)) * 1024]);
                Model.Save(mount);
            }
            catch (IOException)
            {
                File.Delete(ballast);
                Assert.Equal(before, Directory.EnumerateFiles(mount).Order());
                Assert.Equal(small.Merges, BpeModel.Load(mount).Merges);
                continue;
            }
            File.Delete(ballast);
            Assert.InRange(free, 3, 49); // it failed in several places before
            Assert.Equal(Model.Merges, BpeModel.Load(mount).Merges);
            return;
        }
        Assert.Fail("It never fitted.");
    }

    private string LongText() => _folder.Write("text.txt", new StringBuilder().Insert(0, "12 345 6789 ", 100_000).ToString());
}
