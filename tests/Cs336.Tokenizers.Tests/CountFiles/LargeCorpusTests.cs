using System.Diagnostics;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public sealed class LargeCorpusTests : IDisposable
{
    private const int Shards = 8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [XzFact("corpora/docs_en.txt.xz")]
    public void Eight_shards_of_104_MB_give_the_files_of_the_single_run()
    {
        string text = _folder.File("docs_en.txt");
        Unpack(SharedData.TryFind("corpora/docs_en.txt.xz")!, text);
        CorpusCounter counter = new(new CorpusCounterOptions());
        counter.CountFiles([text], _folder.File("whole")).Dispose();
        string[] counts = [.. Enumerable.Range(0, Shards).Select(i => _folder.File($"counts-{i}"))];
        for (int i = 0; i < Shards; i++)
        {
            using PreTokenCountFile shard = counter.CountFiles([text], counts[i], new CorpusShard(i, Shards));
            Assert.InRange(shard.Parts[0].Bytes, 12_950_000, 12_970_000);
        }
        foreach (int size in (int[])[10_000, 30_000])
        {
            BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = size });
            trainer.TrainFiles([text]).Save(_folder.File("single"));
            trainer.TrainCounts(counts).Save(_folder.File("shards"));

            foreach (string file in (string[])["tokenizer.json", "vocab.json", "merges.txt"])
                Assert.Equal(
                    File.ReadAllBytes(Path.Combine(_folder.File("single"), file)),
                    File.ReadAllBytes(Path.Combine(_folder.File("shards"), file)));
        }
    }

    private static void Unpack(string packed, string text)
    {
        using FileStream output = File.Create(text);
        using Process xz = Process.Start(new ProcessStartInfo("xz", ["-dc", packed]) { RedirectStandardOutput = true })!;
        xz.StandardOutput.BaseStream.CopyTo(output);
        xz.WaitForExit();
        Assert.Equal(0, xz.ExitCode);
    }
}
