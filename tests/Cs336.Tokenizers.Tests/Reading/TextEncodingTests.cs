using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Texts as editors, Windows and other programs write them: read as <c>File.ReadAllText</c> does, or refused by name.</summary>
public sealed class TextEncodingTests : IDisposable
{
    private const string Sample = "the cat sat on the mat 日本語 🙂 naïve<|endoftext|>the hat\r\n";
    private static readonly BpeTokenizer Tokenizer = new(Models.Small("<|endoftext|>"));
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Marked => ["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Marked))]
    public void A_marked_file_gives_the_ids_of_its_text(string encoding)
    {
        foreach (string text in (string[])["", "a", "🙂", Sample, string.Concat(Enumerable.Repeat(Sample, 8_000))])
        {
            string path = Write(text, encoding);
            Assert.Equal(text, File.ReadAllText(path));
            int[] expected = Tokenizer.Encode(text, SpecialTokenHandling.Allow);

            foreach (int threads in (int[])[1, 3])
            {
                List<EncodingProgress> reports = [];
                Tokenizer.EncodeFile(path, _folder.File("ids.npy"), threadCount: threads, progress: new Recorder(reports));
                Assert.Equal(expected, ReadIds());
                if (text.Length == 0) continue;
                Assert.Equal(
                    new EncodingProgress(
                    new FileInfo(path).Length, new FileInfo(path).Length, expected.Length, Encoding.UTF8.GetByteCount(text)), reports[^1]);
                Assert.Equal(reports.OrderBy(report => report.BytesRead), reports);
            }
            using FileStream stream = File.OpenRead(path);
            Assert.Equal(expected, Tokenizer.EncodeStream(stream, SpecialTokenHandling.Allow));
        }
    }

    [Theory]
    [MemberData(nameof(Marked))]
    public void Training_learns_the_same_from_a_marked_file(string encoding)
    {
        string text = string.Concat(Enumerable.Repeat(Sample, 20_000));
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 290, ThreadCount = 2 });
        BpeModel expected = trainer.Train(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        string path = Write(text, encoding);
        List<BpeTrainingProgress> reports = [];

        Assert.Equal(expected.Merges, trainer.Train(path, new TrainingRecorder(reports)).Merges);
        Assert.Equal((new FileInfo(path).Length, new FileInfo(path).Length), (reports[^1].BytesRead, reports[^1].BytesTotal));
        using FileStream stream = File.OpenRead(path);
        Assert.Equal(expected.Merges, trainer.Train(stream).Merges);
        Assert.True(stream.CanRead);
    }

    [Theory]
    [MemberData(nameof(Marked))]
    public void Reports_read_a_marked_file(string encoding)
    {
        string text = "  one  <|endoftext|>two<|endoftext|>\n<|endoftext|>three é";
        string path = Write(text, encoding);

        using (StreamReader whole = new(TextCorpus.FromFile(path).Open(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false))
            Assert.Equal(text, whole.ReadToEnd());
        using (StreamReader documents = new(
            TextCorpus.SampleDocuments(path, 10).Open(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false))
            Assert.Equal("  one  twothree é", documents.ReadToEnd());
        Assert.Equal(
            Encoding.UTF8.GetByteCount(text), CorpusMeasurement.Measure("small", Tokenizer, TextCorpus.FromFile(path)).Bytes);
    }

    [Theory]
    [InlineData("utf-16", "UTF-16, little-endian")]
    [InlineData("utf-16BE", "UTF-16, big-endian")]
    [InlineData("utf-32", "UTF-32, little-endian")]
    [InlineData("utf-32BE", "UTF-32, big-endian")]
    public void What_is_converted_is_told(string encoding, string name)
    {
        string path = Write(Sample, encoding);

        using (Utf8TextStream text = Utf8TextStream.OpenRead(path)) Assert.Equal($"{path} is {name}: it is converted to UTF-8.", text.Note);
        using Utf8TextStream utf8 = Utf8TextStream.OpenRead(Write(Sample, "utf-8"));
        Assert.Null(utf8.Note);
    }

    [Theory]
    [InlineData("utf-16", "looks like UTF-16, little-endian, without a byte order mark: ")]
    [InlineData("utf-16BE", "looks like UTF-16, big-endian, without a byte order mark: ")]
    [InlineData("utf-32", "looks like UTF-32, little-endian, without a byte order mark: ")]
    [InlineData("utf-32BE", "looks like UTF-32, big-endian, without a byte order mark: ")]
    public void Without_its_mark_a_file_is_refused_wherever_it_is_read(string encoding, string problem)
    {
        foreach (string text in (string[])["the cat", string.Concat(Enumerable.Repeat(Sample, 100))])
        {
            string path = _folder.File("text.txt");
            File.WriteAllBytes(path, Encoding.GetEncoding(encoding).GetBytes(text));
            string older = _folder.Write("ids.npy", "older");

            foreach (Action read in (Action[])
            [
                () => Tokenizer.EncodeFile(path, older),
                () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).Train(path),
                () => TextCorpus.SampleDocuments(path, 3),
                () => CorpusMeasurement.Measure("small", Tokenizer, TextCorpus.FromFile(path)),
            ])
                Assert.StartsWith($"{path} {problem}", Assert.Throws<InvalidDataException>(read).Message);
            using FileStream stream = File.OpenRead(path);
            Assert.StartsWith(
                $"The stream {problem}", Assert.Throws<InvalidDataException>(() => Tokenizer.EncodeStream(stream).Count()).Message);
            Assert.Equal("older", File.ReadAllText(older));
            Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
        }
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Utf16_without_its_mark_is_read_where_it_is_named(string encoding)
    {
        string path = _folder.File("text.txt");
        File.WriteAllBytes(path, Encoding.GetEncoding(encoding).GetBytes(Sample));

        Tokenizer.EncodeFile(path, _folder.File("ids.npy"), textEncoding: TextEncoding.Utf16);

        Assert.Equal(Tokenizer.Encode(Sample, SpecialTokenHandling.Allow), ReadIds());
        BpeTrainerOptions options = new() { VocabSize = 290, TextEncoding = TextEncoding.Utf16 };
        Assert.Equal(new BpeTrainer(options).TrainTexts([Sample]).Merges, new BpeTrainer(options).Train(path).Merges);
        Assert.Equal(
            Encoding.UTF8.GetByteCount(Sample),
            CorpusMeasurement.Measure("small", Tokenizer, TextCorpus.FromFile(path, textEncoding: TextEncoding.Utf16)).Bytes);
    }

    [Theory]
    [InlineData(TextEncoding.Utf8, "utf-16",
        "begins with the byte order mark of UTF-16, little-endian, but is to be read as UTF-8: name the encoding that it is in, or auto.")]
    [InlineData(TextEncoding.Utf8, "utf-32BE", "begins with the byte order mark of UTF-32, big-endian, but is to be read as UTF-8")]
    [InlineData(TextEncoding.Utf16, "utf-8", "begins with the byte order mark of UTF-8, but is to be read as UTF-16")]
    [InlineData(TextEncoding.Utf16, "utf-32", "begins with the byte order mark of UTF-32, little-endian, but is to be read as UTF-16")]
    public void A_mark_that_contradicts_what_is_named_is_told(TextEncoding named, string encoding, string problem)
    {
        string path = Write(Sample, encoding);

        Assert.StartsWith(
            $"{path} {problem}",
            Assert.Throws<InvalidDataException>(() => Tokenizer.EncodeFile(path, _folder.File("ids.npy"), textEncoding: named)).Message);
    }

    [Fact]
    public void Utf8_that_is_to_be_read_as_utf16_is_refused()
    {
        string path = _folder.Write("text.txt", string.Concat(Enumerable.Repeat("日本語 naïve ", 1000)));

        Assert.Equal(
            $"{path} is to be read as UTF-16, but has no byte order mark and reads as UTF-8: name that encoding, or auto.",
            Assert.Throws<InvalidDataException>(() => Utf8TextStream.OpenRead(path, TextEncoding.Utf16)).Message);
    }

    [Fact]
    public void Utf8_is_taken_as_it_is_whatever_it_looks_like()
    {
        byte[] zeros = Encoding.Unicode.GetBytes("the cat sat");
        Assert.Equal(Tokenizer.Encode(zeros), Tokenizer.EncodeStream(new MemoryStream(zeros), textEncoding: TextEncoding.Utf8));
        byte[] malformed = [.. "the "u8, 0xFF, 0xFE, 0x80, 0xC3, 0, 0, 0, 0, (byte)'a'];
        Assert.Equal(Tokenizer.Encode(malformed), Tokenizer.EncodeStream(new MemoryStream(malformed)));
    }

    [Fact]
    public void A_mark_counts_once_and_at_the_start_alone()
    {
        byte[] twice = [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF, .. "the\uFEFFcat"u8];

        Assert.Equal(Tokenizer.Encode(twice.AsSpan(3)), Tokenizer.EncodeStream(new MemoryStream(twice)));
        MemoryStream within = new([.. "text"u8, .. twice]) { Position = 4 };
        Assert.Equal(Tokenizer.Encode(twice.AsSpan(3)), Tokenizer.EncodeStream(within));
    }

    [Fact]
    public void Places_in_a_marked_file_are_those_of_its_bytes()
    {
        string path = _folder.File("text.txt");
        byte[] text = [0xEF, 0xBB, 0xBF, .. "the cat "u8, 0xFF];
        File.WriteAllBytes(path, text);
        Assert.Equal(
            $"{path} is not valid UTF-8: byte 11 is 0xff. Convert the text to UTF-8 first.",
            Assert.Throws<InvalidDataException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).Train(path)).Message);

        File.WriteAllText(path, "the <|endoftext|>", new UTF8Encoding(true));
        Assert.Equal(
            7, Assert.Throws<ForbiddenSpecialTokenException>(
                () => Tokenizer.EncodeFile(path, _folder.File("ids.npy"), SpecialTokenHandling.Forbid)).Offset);
    }

    [Theory]
    [InlineData("empty", new byte[] { 0xEF, 0xBB, 0xBF })]
    [InlineData("empty", new byte[] { 0xFF, 0xFE })]
    public void A_mark_alone_is_an_empty_text(string problem, byte[] bytes)
    {
        string path = _folder.File("text.txt");
        File.WriteAllBytes(path, bytes);

        Assert.Equal(
            $"{path} is {problem}: there is nothing to train on.",
            Assert.Throws<InvalidDataException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).Train(path)).Message);
        Assert.Equal(0, Tokenizer.EncodeFile(path, _folder.File("ids.npy")));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0, 0, 0xD8, 0x62, 0 },
        "is not valid UTF-16: byte 4 begins 0xd800, half of a surrogate pair.")]
    [InlineData(new byte[] { 0xFE, 0xFF, 0, 0x61, 0xDC, 0, 0, 0x62 },
        "is not valid UTF-16: byte 4 begins 0xdc00, half of a surrogate pair.")]
    [InlineData(new byte[] { 0xFE, 0xFF, 0, 0x61, 0xD8, 0x3D }, "is not valid UTF-16: byte 4 begins 0xd83d, half of a surrogate pair.")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0, 0x62 },
        "ends within a character: from byte 4 on there are 1 of the 2 bytes that one has in UTF-16.")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0, 0, 0, 0x11, 0 },
        "is not valid UTF-32: byte 8 begins 0x00110000, which is no character.")]
    [InlineData(new byte[] { 0, 0, 0xFE, 0xFF, 0, 0, 0xD8, 0 }, "is not valid UTF-32: byte 4 begins 0x0000d800, which is no character.")]
    [InlineData(new byte[] { 0, 0, 0xFE, 0xFF, 0, 0 },
        "ends within a character: from byte 4 on there are 2 of the 4 bytes that one has in UTF-32.")]
    public void Malformed_text_is_named_with_its_place(byte[] bytes, string problem)
    {
        string path = _folder.File("text.txt");
        File.WriteAllBytes(path, bytes);

        Assert.StartsWith(
            $"{path} {problem}", Assert.Throws<InvalidDataException>(() => Tokenizer.EncodeFile(path, _folder.File("ids.npy"))).Message);
        Assert.StartsWith(
            $"{path} {problem}",
            Assert.Throws<InvalidDataException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300 }).Train(path)).Message);
        Assert.False(File.Exists(_folder.File("ids.npy")));
    }

    [Fact]
    public void Malformed_text_far_from_the_start_is_named_with_its_place()
    {
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            byte[] bytes = [.. encoding.Preamble, .. encoding.GetBytes(string.Concat(Enumerable.Repeat("the cat 🙂", 50_000)))];
            bytes[800_002 + (encoding == Encoding.Unicode ? 1 : 0)] = 0xDD;

            Assert.StartsWith(
                "The stream is not valid UTF-16: byte 800002 begins 0xdd",
                Assert.Throws<InvalidDataException>(() => Tokenizer.EncodeStream(new MemoryStream(bytes)).Count()).Message);
        }
    }

    [Theory]
    [MemberData(nameof(Marked))]
    public async Task A_stream_that_trickles_gives_the_same_bytes(string encoding)
    {
        for (int seed = 0; seed < 30; seed++)
        {
            Random random = new(seed);
            string text = RandomText.Make(random, 4000) + "🙂𐐀";
            Encoding named = Encoding.GetEncoding(encoding);
            byte[] bytes = [.. named.GetPreamble(), .. named.GetBytes(text)];
            using MemoryStream copied = new(), copiedAsync = new();

            new Utf8TextStream(new TrickleStream(bytes, random)).CopyTo(copied, 1 + random.Next(300));
            await new Utf8TextStream(new TrickleStream(bytes, random)).CopyToAsync(copiedAsync, 1 + random.Next(300));

            Assert.Equal(Encoding.UTF8.GetBytes(text), copied.ToArray());
            Assert.Equal(copied.ToArray(), copiedAsync.ToArray());
        }
    }

    [Fact]
    public void Text_without_end_is_converted_in_constant_memory()
    {
        using Utf8TextStream text = new(new EndlessText());
        byte[] buffer = new byte[1 << 16];
        int first = text.Read(buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long read = 0;
        while (read < 50_000_000) read += text.Read(buffer);

        Assert.True(first > 0);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void An_encoding_that_there_is_not_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("encoding", () => new Utf8TextStream(Stream.Null, (TextEncoding)9));
        Assert.Throws<ArgumentOutOfRangeException>("encoding", () => Tokenizer.EncodeStream(Stream.Null, textEncoding: (TextEncoding)9));
        Assert.Equal(
            "text_encoding is 9, but must be Auto, Utf8 or Utf16.",
            Assert.Throws<ArgumentException>(
                () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, TextEncoding = (TextEncoding)9 })).Message);
    }

    private string Write(string text, string encoding)
    {
        File.WriteAllText(_folder.File("text.txt"), text, encoding == "utf-8" ? new UTF8Encoding(true) : Encoding.GetEncoding(encoding));
        return _folder.File("text.txt");
    }

    private int[] ReadIds()
    {
        using TokenFile file = TokenFile.Open(_folder.File("ids.npy"));
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        return ids;
    }

    private sealed class Recorder(List<EncodingProgress> reports) : IProgress<EncodingProgress>
    {
        public void Report(EncodingProgress value) => reports.Add(value);
    }

    private sealed class TrainingRecorder(List<BpeTrainingProgress> reports) : IProgress<BpeTrainingProgress>
    {
        public void Report(BpeTrainingProgress value) => reports.Add(value);
    }

    /// <summary>UTF-16 with its mark, and words for ever.</summary>
    private sealed class EndlessText : MemoryStream
    {
        private static readonly byte[] Words = Encoding.Unicode.GetBytes("\uFEFFthe cat sat on the mat 日本語 ");

        public override int Read(Span<byte> buffer)
        {
            int length = Math.Min(buffer.Length & ~1, Words.Length);
            Words.AsSpan(0, length).CopyTo(buffer);
            return length;
        }
    }
}
