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
    public async Task A_stream_is_encoded_while_it_is_waited_for()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(RandomText.Make(new Random(7), 5000), 20)));
        List<int> ids = [];

        await foreach (
            int id in Tokenizer.EncodeStreamAsync(new TrickleStream(text, new Random(1)), SpecialTokenHandling.Allow)) ids.Add(id);

        Assert.Equal(Tokenizer.Encode(text, SpecialTokenHandling.Allow), ids);
    }

    [Fact]
    public void A_cancelled_stream_is_read_no_further()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the text ", 1 << 19)));
        using CancellationTokenSource cancel = new();
        MemoryStream stream = new(text);
        using IEnumerator<int> ids = Tokenizer.EncodeStream(stream, cancellationToken: cancel.Token).GetEnumerator();
        Assert.True(ids.MoveNext());
        long position = stream.Position;
        cancel.Cancel();

        Assert.Throws<OperationCanceledException>(() => { while (ids.MoveNext()) { } });

        Assert.Equal(position, stream.Position);
        Assert.Throws<OperationCanceledException>(
            () => Tokenizer.EncodeStream(new MemoryStream(text), cancellationToken: new CancellationToken(true)).Count());
    }

    [Fact]
    public void A_stream_that_trickles_is_cancelled_within_a_block()
    {
        using CancellationTokenSource cancel = new();
        CancellingStream stream = new(cancel, afterReads: 3);

        Assert.Throws<OperationCanceledException>(() => Tokenizer.EncodeStream(stream, cancellationToken: cancel.Token).Count());

        Assert.Equal(3, stream.Reads);
    }

    [Fact]
    public async Task A_stream_that_gives_nothing_is_cancelled_while_it_is_waited_for()
    {
        using CancellationTokenSource cancel = new();
        IAsyncEnumerator<int> ids = Tokenizer.EncodeStreamAsync(new SilentStream()).GetAsyncEnumerator(cancel.Token);
        ValueTask<bool> next = ids.MoveNextAsync();
        Assert.False(next.IsCompleted);

        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Fact]
    public void A_file_is_encoded_with_progress()
    {
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", "the text<|endoftext|>the text");
        List<EncodingProgress> reports = [];

        long count = Tokenizer.EncodeFile(text, folder.File("ids.npy"), progress: new Recorder(reports));

        Assert.Equal(Tokenizer.Encode("the text<|endoftext|>the text", SpecialTokenHandling.Allow).Length, count);
        Assert.Equal([new EncodingProgress(29, 29, count, 29)], reports);
    }

    [Fact]
    public void A_file_that_cannot_be_encoded_leaves_the_older_one()
    {
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", "the text<|endoftext|>");
        string ids = folder.Write("ids.npy", "older");

        Assert.Throws<ForbiddenSpecialTokenException>(() => Tokenizer.EncodeFile(text, ids, SpecialTokenHandling.Forbid));

        Assert.Throws<FileNotFoundException>(() => Tokenizer.EncodeFile(folder.File("missing.txt"), ids));
        Assert.Equal("older", File.ReadAllText(ids));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void A_file_gives_the_ids_of_the_whole_for_any_number_of_threads()
    {
        using TemporaryFolder folder = new();
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(RandomText.Make(new Random(4), 5_000), 400)));
        Assert.True(text.Length > 4 << 20);
        string path = folder.File("text.txt");
        File.WriteAllBytes(path, text);
        int[] expected = Tokenizer.Encode(text, SpecialTokenHandling.Allow);
        for (int threads = 1; threads <= 5; threads++)
        {
            List<EncodingProgress> reports = [];
            long count = Tokenizer.EncodeFile(path, folder.File("ids.npy"), threadCount: threads, progress: new Recorder(reports));

            Assert.Equal(expected.Length, count);
            using TokenFile file = TokenFile.Open(folder.File("ids.npy"));
            int[] ids = new int[file.Length];
            file.Read(0, ids);
            Assert.True(expected.AsSpan().SequenceEqual(ids));
            Assert.True(reports.Count > 4);
            Assert.Equal(reports.OrderBy(report => report.BytesRead), reports);
            Assert.Equal(new EncodingProgress(text.Length, text.Length, count, text.Length), reports[^1]);
        }
    }

    [Fact]
    public void The_first_forbidden_special_token_is_named_with_its_place_in_the_whole()
    {
        using TemporaryFolder folder = new();
        string plain = string.Concat(Enumerable.Repeat("the text ", 400_000));
        string path = folder.Write("text.txt", plain + "<|endoftext|>" + plain + "<|x" + plain);

        ForbiddenSpecialTokenException e = Assert.Throws<ForbiddenSpecialTokenException>(
            () => Tokenizer.EncodeFile(path, folder.File("ids.npy"), SpecialTokenHandling.Forbid, threadCount: 3));
        Assert.Equal(("<|endoftext|>", 3_600_000L), (e.Token, e.Offset));
        Assert.Contains("'<|endoftext|>' at byte 3600000,", e.Message);

        using FileStream stream = File.OpenRead(path);
        e = Assert.Throws<ForbiddenSpecialTokenException>(() => Tokenizer.EncodeStream(stream, SpecialTokenHandling.Forbid).Count());
        Assert.Equal(3_600_000, e.Offset);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_file_can_be_cancelled_midway()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("text.txt", string.Concat(Enumerable.Repeat("the text ", 1_000_000)));
        using CancellationTokenSource cancel = new();

        Assert.ThrowsAny<OperationCanceledException>(() => Tokenizer.EncodeFile(
            path, folder.File("ids.npy"), threadCount: 2, progress: new Canceller(cancel), cancellationToken: cancel.Token));

        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_text_of_special_tokens_alone_is_read_block_by_block()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<|endoftext|>", 1001)));
        Utf8BlockReader reader = new(
            new MemoryStream(text), block => Tokenizer.FindSafeCut(block, SpecialTokenHandling.Allow), blockSize: 100);
        List<int> ids = [];
        for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
        {
            Assert.True(block.Length <= 100);
            ids.AddRange(Tokenizer.Encode(block.Span, SpecialTokenHandling.Allow));
        }

        Assert.Equal(Tokenizer.Encode(text, SpecialTokenHandling.Allow), ids);
    }

    [Fact]
    public void No_thread_at_all_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("text.txt", "the");

        Assert.Throws<ArgumentOutOfRangeException>("threadCount", () => Tokenizer.EncodeFile(path, folder.File("ids.npy"), threadCount: 0));
    }

    [Fact]
    public void Tokens_are_counted_without_being_kept()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            string text = RandomText.Make(new Random(seed), 100);

            Assert.Equal(
                Tokenizer.Encode(text, SpecialTokenHandling.Allow).Length, Tokenizer.CountTokens(text, SpecialTokenHandling.Allow));
        }
        Assert.Equal(0, Tokenizer.CountTokens(""));
    }

    private sealed class Canceller(CancellationTokenSource cancel) : IProgress<EncodingProgress>
    {
        public void Report(EncodingProgress value) => cancel.Cancel();
    }

    /// <summary>Gives a block's head and then a few bytes at a time, and cancels after some reads.</summary>
    private sealed class CancellingStream(CancellationTokenSource cancel, int afterReads) : MemoryStream
    {
        public int Reads { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (++Reads == afterReads) cancel.Cancel();
            int length = Reads == 1 ? buffer.Length : Math.Min(buffer.Length, 5);
            buffer[..length].Fill((byte)' ');
            return length;
        }
    }

    /// <summary>Has nothing to read until it is cancelled.</summary>
    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }

    private sealed class Recorder(List<EncodingProgress> reports) : IProgress<EncodingProgress>
    {
        public void Report(EncodingProgress value) => reports.Add(value);
    }
}
