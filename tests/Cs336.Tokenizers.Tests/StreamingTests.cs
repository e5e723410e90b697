using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class StreamingTests
{
    private static readonly BpeTokenizer Tokenizer =
        new(Models.Train(RandomText.Make(new Random(5), 400) + " the text", 320, RandomText.SpecialTokens));

    [Theory]
    [InlineData(SpecialTokenHandling.Ignore)]
    [InlineData(SpecialTokenHandling.Allow)]
    public void Blocks_of_any_size_give_the_ids_of_the_whole(SpecialTokenHandling handling)
    {
        for (int seed = 0; seed < 500; seed++)
        {
            Random random = new(seed);
            byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(random, 60) + "🙂𐐀 x");
            Utf8BlockReader reader = new(
                new MemoryStream(text), block => Tokenizer.FindSafeCut(block, handling), blockSize: 1 + random.Next(40));
            List<int> ids = [];
            for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
                ids.AddRange(Tokenizer.Encode(block.Span, handling));

            Assert.True(Tokenizer.Encode(text, handling).SequenceEqual(ids), $"seed {seed}");
        }
    }

    [Fact]
    public void A_stream_of_several_blocks_gives_the_ids_of_the_whole()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(RandomText.Make(new Random(3), 5000), 150)));
        Assert.True(text.Length > 2 << 20);

        IEnumerable<int> ids = Tokenizer.EncodeStream(new MemoryStream(text), SpecialTokenHandling.Allow);

        Assert.Equal(Tokenizer.Encode(text, SpecialTokenHandling.Allow), ids);
    }

    [Fact]
    public void A_stream_is_read_only_as_far_as_ids_are_asked_for()
    {
        MemoryStream stream = new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the text ", 1 << 19))));

        Assert.Equal(Tokenizer.Encode("the"), Tokenizer.EncodeStream(stream).Take(Tokenizer.Encode("the").Length));

        Assert.True(stream.Position < stream.Length / 2);
    }

    [Fact]
    public void A_file_is_encoded_with_progress()
    {
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", "the text<|endoftext|>the text");
        List<EncodingProgress> reports = [];

        long count = Tokenizer.EncodeFile(text, folder.File("ids.npy"), progress: new Recorder(reports));

        Assert.Equal(Tokenizer.Encode("the text<|endoftext|>the text", SpecialTokenHandling.Allow).Length, count);
        Assert.Equal([new EncodingProgress(29, 29, count)], reports);
    }

    [Fact]
    public void A_file_that_cannot_be_encoded_leaves_the_older_one()
    {
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", "the text<|endoftext|>");
        string ids = folder.Write("ids.npy", "older");

        Assert.Throws<ArgumentException>(() => Tokenizer.EncodeFile(text, ids, SpecialTokenHandling.Forbid));

        Assert.Throws<FileNotFoundException>(() => Tokenizer.EncodeFile(folder.File("missing.txt"), ids));
        Assert.Equal("older", File.ReadAllText(ids));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    private sealed class Recorder(List<EncodingProgress> reports) : IProgress<EncodingProgress>
    {
        public void Report(EncodingProgress value) => reports.Add(value);
    }
}
