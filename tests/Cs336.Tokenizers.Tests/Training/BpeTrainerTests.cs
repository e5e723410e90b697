using System.Text.Json;
using System.Text;
using Cs336.Alphabet;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class BpeTrainerTests
{
    [SharedDataFact("cs336/corpus.en", "cs336/train-bpe-reference-merges.txt", "cs336/train-bpe-reference-vocab.json")]
    public void Gives_the_courses_merges_and_vocabulary()
    {
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 500 }).Train(SharedData.TryFind("cs336/corpus.en")!);

        string[] expected = File.ReadAllLines(SharedData.TryFind("cs336/train-bpe-reference-merges.txt")!);
        Assert.Equal(expected, model.Merges.Select(merge => $"{Spell(model, merge.Left)} {Spell(model, merge.Right)}"));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(SharedData.TryFind("cs336/train-bpe-reference-vocab.json")!));
        Assert.Equal(
            json.RootElement.EnumerateObject().Select(token => token.Name).Order(StringComparer.Ordinal),
            Enumerable.Range(0, model.VocabSize).Select(id => Spell(model, id)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Equals_the_naive_trainer_on_random_texts()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            Random random = new(seed);
            string text = RandomText.Make(random, 1 + random.Next(200));
            string[] special = [.. RandomText.SpecialTokens.Take(random.Next(RandomText.SpecialTokens.Length + 1))];
            List<string> expected = NaiveBpeTrainer.Train(text, 40, special);
            if (NaivePreTokenizer.Divide(text, special).All(part => part.IsSpecial)) continue;

            BpeModel model = Models.Train(text, 256 + special.Length + 40, special);

            Assert.True(expected.SequenceEqual(Models.SpellMerges(model)), $"seed {seed}: '{text}'");
        }
    }

    [Fact]
    public void Ids_are_special_tokens_then_bytes_then_merges()
    {
        BpeModel model = Models.Train("abab ab", 260, "<|b|>", "<|a|>");

        Assert.Equal(0, model.SpecialTokens["<|b|>"]);
        Assert.Equal(1, model.SpecialTokens["<|a|>"]);
        Assert.Equal(2 + 'a', model.GetByteId((byte)'a'));
        Assert.Equal(new BpeMerge(2 + 'a', 2 + 'b', 258), model.Merges[0]);
        Assert.Equal("ab"u8, model.GetTokenBytes(258));
    }

    [Fact]
    public void Of_equal_counts_the_greater_pair_of_byte_strings_is_first()
    {
        BpeModel model = Models.Train("ab\nzz\nay", 259);

        Assert.Equal(["7a 7a", "61 79", "61 62"], Models.SpellMerges(model));
    }

    [Fact]
    public void Astral_letters_are_letters()
    {
        // U+10400 is a letter of two UTF-16 units: with the word after it, it is one pre-token.
        BpeModel model = Models.Train("𐐀b", 300);

        Assert.Equal("𐐀b"u8, model.GetTokenBytes(model.VocabSize - 1));
    }

    [Fact]
    public void Ends_early_where_the_text_has_too_few_pairs()
    {
        Assert.Equal(257, Models.Train("ab", 1000).VocabSize);
        Assert.Equal(256, Models.Train("a b", 256).VocabSize);
    }

    [Fact]
    public void Min_frequency_leaves_rare_pairs_alone()
    {
        BpeTrainerOptions options = new() { VocabSize = 300, SpecialTokens = [], MinFrequency = 2 };

        BpeModel model = new BpeTrainer(options).TrainTexts(["ab ab cd"]);

        Assert.Equal(["61 62"], Models.SpellMerges(model));
    }

    [Fact]
    public void File_stream_and_texts_give_the_same()
    {
        using TemporaryFolder folder = new();
        string text = string.Concat(Enumerable.Range(0, 200).Select(i => $"Line {i} of the text, isn't it?\r\n"));
        string path = folder.Write("text.txt", text);
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 320 });

        List<string> expected = Models.SpellMerges(trainer.Train(path));

        Assert.Equal(63, expected.Count);
        Assert.Equal(expected, Models.SpellMerges(trainer.Train(new MemoryStream(Encoding.UTF8.GetBytes(text)))));
        Assert.Equal(expected, Models.SpellMerges(trainer.TrainTexts([text])));
        Assert.Equal(expected, Models.SpellMerges(trainer.TrainFiles([path])));
    }

    [Fact]
    public void Reports_progress_up_to_the_end()
    {
        List<BpeTrainingProgress> reports = [];

        new BpeTrainer(new BpeTrainerOptions { VocabSize = 260 })
            .Train(new MemoryStream("abcd abcd"u8.ToArray()), new Recorder(reports));

        Assert.Equal(BpeTrainingPhase.Counting, reports[0].Phase);
        Assert.Equal((9L, 9L), (reports[0].BytesRead, reports[0].BytesTotal));
        Assert.Equal(BpeTrainingPhase.Merging, reports[^1].Phase);
        Assert.Equal((3, 3), (reports[^1].MergesDone, reports[^1].MergesTotal));
        Assert.Equal(TimeSpan.Zero, reports[^1].Remaining);
    }

    [Fact]
    public void Can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).TrainTexts(["abc"], cancellationToken: source.Token));
    }

    [Fact]
    public void Can_be_cancelled_while_counting_and_while_merging()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 400_000).Select(i => $" w{i}")));
        foreach (BpeTrainingPhase phase in Enum.GetValues<BpeTrainingPhase>())
        {
            using CancellationTokenSource source = new();
            Canceller canceller = new(source, phase);

            Assert.Throws<OperationCanceledException>(
                () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 400 }).Train(new MemoryStream(text), canceller, source.Token));

            Assert.Equal(phase, canceller.Last);
        }
    }

    [Fact]
    public void Leaves_the_callers_stream_open()
    {
        using MemoryStream stream = new("ab ab"u8.ToArray());

        new BpeTrainer(new BpeTrainerOptions { VocabSize = 260 }).Train(stream);

        Assert.True(stream.CanRead);
    }

    [Fact]
    public void Texts_do_not_run_into_each_other()
    {
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).TrainTexts(["ab", "", "cd"]);

        Assert.Equal(["63 64", "61 62"], Models.SpellMerges(model));
    }

    [Theory]
    [InlineData(1_000_000, 19)]
    [InlineData((1 << 20) - 1, 19)]
    [InlineData(1 << 20, 20)]
    public void One_letter_doubles_as_long_as_it_can(int length, int doublings)
    {
        BpeModel model = Models.Train(new string('a', length), 256 + doublings);

        Assert.Equal(
            Enumerable.Range(1, doublings).Select(i => 1 << i),
            Enumerable.Range(256, doublings).Select(id => model.GetTokenBytes(id).Length));
    }

    [Fact]
    public void Many_symbols_need_more_than_16_bits()
    {
        // Each of the words takes a merge of its own.
        string text = string.Concat(
            Enumerable.Range(0, 70_000).Select(i => $" {(char)(0x4E00 + (i % 20_000))}{(char)(0x3041 + (i / 20_000))}"));

        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 100_000, SpecialTokens = [] }).TrainTexts([text]);

        Assert.True(model.VocabSize > 1 << 16);
        HashSet<string> tokens = [.. Enumerable.Range(0, model.VocabSize).Select(id => Encoding.UTF8.GetString(model.GetTokenBytes(id)))];
        Assert.All(text[1..].Split(' '), word => Assert.Contains(' ' + word, tokens));
    }

    private sealed class Canceller(CancellationTokenSource source, BpeTrainingPhase phase) : IProgress<BpeTrainingProgress>
    {
        public BpeTrainingPhase Last { get; private set; }

        public void Report(BpeTrainingProgress value)
        {
            Last = value.Phase;
            if (value.Phase == phase) source.Cancel();
        }
    }

    private static string Spell(BpeModel model, int id) => Gpt2ByteAlphabet.Spell(model.GetTokenBytes(id));

    private sealed class Recorder(List<BpeTrainingProgress> reports) : IProgress<BpeTrainingProgress>
    {
        public void Report(BpeTrainingProgress value) => reports.Add(value);
    }
}
