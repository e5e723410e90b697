using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>
/// Random input: nothing crashes or hangs, and every text comes back. A failure names its seed; <see cref="FuzzBudget"/> says how to begin
/// there.
/// </summary>
public class FuzzTests
{
    private static readonly SpecialTokenHandling[] Handlings =
        [SpecialTokenHandling.Ignore, SpecialTokenHandling.Allow, SpecialTokenHandling.Forbid];

    [Fact]
    public async Task Every_text_comes_back_however_it_is_encoded()
    {
        BpeTokenizer[] tokenizers = MakeTokenizers();
        int seed = FuzzBudget.FirstSeed;
        Task fuzzing = Task.Run(() =>
        {
            for (FuzzBudget budget = new(seeds: 2000); budget.Has(seed); seed++)
            {
                Random random = new(seed);
                BpeTokenizer tokenizer = tokenizers[random.Next(tokenizers.Length)];
                string text = RandomInput.Text(random);
                Check(tokenizer, Encoding.UTF8.GetBytes(text), random);
                Check(tokenizer, RandomInput.Bytes(random), random);
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, SpecialTokenHandling.Allow)));
                CheckDecoding(tokenizer, random);
            }
        });
        try
        {
            await fuzzing.WaitAsync(TimeSpan.FromSeconds(120) + FuzzBudget.Time);
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}");
        }
    }

    [Fact]
    public void Every_model_comes_back_however_it_is_saved()
    {
        int seed = FuzzBudget.FirstSeed;
        for (FuzzBudget budget = new(seeds: 100); budget.Has(seed); seed++)
        {
            Random random = new(seed);
            BpeModel model = TrainOn(RandomInput.Text(random), random);
            using TemporaryFolder folder = new();
            model.Save(folder.File("both"));
            model.Save(folder.File("json"));
            File.Delete(Path.Combine(folder.File("json"), "vocab.json"));
            TiktokenFile.Save(model, folder.File("ranks.tiktoken"));
            byte[] text = RandomInput.Bytes(random);
            int[] expected = new BpeTokenizer(model).Encode(text, SpecialTokenHandling.Allow);
            foreach (BpeModel loaded in (BpeModel[])
                [BpeModel.Load(folder.File("both")), BpeModel.Load(folder.File("json")),
                    TiktokenFile.Load(folder.File("ranks.tiktoken"), model.SpecialTokens, model.PreTokenizer)])
            {
                Assert.True(model.Merges.SequenceEqual(loaded.Merges), $"seed {seed}");
                Assert.True(expected.SequenceEqual(new BpeTokenizer(loaded).Encode(text, SpecialTokenHandling.Allow)), $"seed {seed}");
            }
        }
    }

    private static void Check(BpeTokenizer tokenizer, byte[] text, Random random)
    {
        bool holdsSpecial = tokenizer.SpecialTokens.Keys.Any(token => text.AsSpan().IndexOf(Encoding.UTF8.GetBytes(token)) >= 0);
        int[] plain = [];
        foreach (SpecialTokenHandling handling in Handlings)
        {
            if (handling == SpecialTokenHandling.Forbid && holdsSpecial)
            {
                Assert.ThrowsAny<ArgumentException>(() => tokenizer.Encode(text, handling));
                continue;
            }
            int[] ids = tokenizer.Encode(text, handling);
            if (handling == SpecialTokenHandling.Ignore) plain = ids;
            Assert.True(text.AsSpan().SequenceEqual(tokenizer.DecodeBytes(ids)));
            if (!holdsSpecial) Assert.True(plain.AsSpan().SequenceEqual(ids));
            Assert.True(ids.AsSpan().SequenceEqual(EncodeInBlocks(tokenizer, text, handling, random)));
            CheckCut(tokenizer, text, ids, handling, random);
        }
    }

    private static int[] EncodeInBlocks(BpeTokenizer tokenizer, byte[] text, SpecialTokenHandling handling, Random random)
    {
        Utf8BlockReader reader = new(
            new TrickleStream(text, random), block => tokenizer.FindSafeCut(block, handling), blockSize: 1 + random.Next(300));
        List<int> ids = [];
        for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
            ids.AddRange(tokenizer.Encode(block.Span, handling));
        return [.. ids];
    }

    private static void CheckCut(BpeTokenizer tokenizer, byte[] text, int[] ids, SpecialTokenHandling handling, Random random)
    {
        ReadOnlySpan<byte> seen = text.AsSpan(0, random.Next(text.Length + 1));
        int cut = tokenizer.FindSafeCut(seen, handling);
        Assert.InRange(cut, 0, Math.Max(0, seen.Length));
        Assert.True(ids.AsSpan().SequenceEqual(
            [.. tokenizer.Encode(text.AsSpan(0, cut), handling), .. tokenizer.Encode(text.AsSpan(cut), handling)]));
    }

    private static void CheckDecoding(BpeTokenizer tokenizer, Random random)
    {
        int[] ids = new int[random.Next(20)];
        for (int i = 0; i < ids.Length; i++) ids[i] = random.Next(tokenizer.VocabSize);
        StreamingDecoder decoder = new(tokenizer);
        Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(decoder.Append)) + decoder.Flush());
    }

    private static BpeTokenizer[] MakeTokenizers()
    {
        List<BpeTokenizer> tokenizers =
            [.. Enumerable.Range(0, 6)
                .Select(seed => new BpeTokenizer(TrainOn(RandomText.Make(new Random(seed), 2000), new Random(seed))))];
        if (SharedData.TryFind("gpt2/vocab.json") is not null) tokenizers.Add(Models.Gpt2);
        return [.. tokenizers];
    }

    private static BpeModel TrainOn(string text, Random random)
    {
        string[] special = [.. RandomText.SpecialTokens.Take(random.Next(RandomText.SpecialTokens.Length + 1))];
        // A text may hold special tokens only, which is nothing to train on.
        return Models.Train(text + "ab", 256 + special.Length + random.Next(300), special);
    }
}
