using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Everything of this package that reads files, given damaged ones: see <see cref="FuzzRun"/>.</summary>
public sealed class FileFuzzTests : IDisposable
{
    private const string Project = "Cs336.Tokenizers.Tests";
    private static readonly BpeModel Model = new BpeTrainer(
        new BpeTrainerOptions { VocabSize = 290, SpecialTokens = ["<|endoftext|>", "<pad>"] })
        .TrainTexts(["the cat sat on the mat with the other cat; the 12 cats sat"]);
    private readonly TemporaryFolder _sound = new(), _scratch = new();
    private readonly FuzzTarget[] _targets;

    public FileFuzzTests()
    {
        Model.Save(_sound.Path);
        TiktokenFile.Save(Model, _sound.File("ranks.tiktoken"));
        CharacterTokenizer.Write(_scratch.Path);
        byte[] characters = File.ReadAllBytes(_scratch.File("tokenizer.json"));
        CharacterTokenizer.Write(_scratch.Path, Vary);
        byte[] varied = File.ReadAllBytes(_scratch.File("tokenizer.json"));
        byte[] tekken = Encoding.UTF8.GetBytes(
            RankedFiles.Tekken(
            RankedFiles.TokensOf(Model), PreTokenizers.Tekken.Pattern, Model.VocabSize + 2, 4, ["<|endoftext|>", "<pad>"]).ToJsonString());
        byte[] tiktoken = Encoding.UTF8.GetBytes(RankedFiles.Tiktoken(Model).ToJsonString());
        byte[] Sample(string name) => File.ReadAllBytes(_sound.File(name));
        byte[][] arrays =
            [Npy("{'descr': '<u2', 'fortran_order': False, 'shape': (5,), }", 10),
            Npy("{'shape':(3,),'descr':'<i4','fortran_order':True}", 12),
            Npy("{'descr': '<u4', 'fortran_order': False, 'shape': (0,), }", 0),
            Npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2, 1), }", 4),
                Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 4), }", 4)];
        byte[] shard = new byte[1030];
        BinaryPrimitives.WriteInt32LittleEndian(shard, 20240520);
        shard[4] = 1;
        shard[8] = 3;
        _targets =
        [
            new("npy", arrays, bytes => ReadTokens("ids.npy", bytes), typeof(InvalidDataException)) { Repair = RepairLength },
            new("bin", [shard, [1, 0, 2, 0, 3, 0]], bytes => ReadTokens("ids.bin", bytes), typeof(InvalidDataException)),
            new("tokenizer-json", [Sample("tokenizer.json"), characters, varied], ReadJson, typeof(InvalidDataException)),
            new("vocab", [Sample("vocab.json")], bytes => ReadModel(bytes, "vocab.json", "merges.txt"), typeof(InvalidDataException)),
            new("merges", [Sample("merges.txt")], bytes => ReadModel(bytes, "merges.txt", "vocab.json"), typeof(InvalidDataException)),
            new(
                "vocab-beside-json", [Sample("vocab.json")], bytes => ReadModel(bytes, "vocab.json", "merges.txt", "tokenizer.json"),
                typeof(InvalidDataException)),
            new("text", [.. TextSamples()], ReadText, typeof(InvalidDataException)),
            new("ranks", [Sample("ranks.tiktoken")], ReadRanks, typeof(InvalidDataException)),
            new("tekken", [tekken], ReadRankedJson, typeof(InvalidDataException)),
            new(
                "tiktoken-json", [tiktoken, [.. "module.exports = "u8, .. tiktoken, (byte)';']], ReadRankedJson,
                typeof(InvalidDataException)),
            new("inspected-json", [Sample("tokenizer.json"), tekken, tiktoken], Inspect), // which ends in no exception
            new("sentencepiece", [.. SentencePieceSamples()], ReadSentencePiece, typeof(InvalidDataException)),
            new("counts", [CountTexts()], ReadCounts, typeof(InvalidDataException)) { Repair = Seal },
            new("token-manifest", [EncodeCorpus()], ReadShards, typeof(InvalidDataException), typeof(FileNotFoundException)),
        ];
    }

    public static TheoryData<string> Targets =>
        ["npy", "bin", "text", "tokenizer-json", "vocab", "merges", "vocab-beside-json", "ranks", "tekken", "tiktoken-json",
        "inspected-json", "sentencepiece", "counts", "token-manifest"];

    public static TheoryData<string> Findings => FuzzRun.Findings(Project);

    public void Dispose()
    {
        _sound.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public Task Damaged_files_are_read_or_refused_as_documented(string target) => FuzzRun.Of(_targets.Single(item => item.Name == target));

    [Theory]
    [MemberData(nameof(Findings))]
    public void What_was_found_stays_mended(string finding) => FuzzRun.Repeat(Project, finding, _targets);

    private void ReadTokens(string name, byte[] bytes)
    {
        using TokenFile file = TokenFile.Open(Write(name, bytes));
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        Assert.All(ids, id => Assert.True(id >= 0));
    }

    private static IEnumerable<byte[]> TextSamples() =>
        from name in (string[])["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"]
        let encoding = name == "utf-8" ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: true) : Encoding.GetEncoding(name)
        select (byte[])[.. encoding.GetPreamble(), .. encoding.GetBytes("the cat 日本語 🙂 naïve")];

    /// <summary>A text that is converted is that which .NET's own reader gives; one in UTF-8 stays as it is.</summary>
    private void ReadText(byte[] bytes)
    {
        string path = Write("text.txt", bytes);
        using Utf8TextStream text = Utf8TextStream.OpenRead(path);
        using MemoryStream utf8 = new();
        text.CopyTo(utf8);
        if (text.Note is not null) Assert.Equal(File.ReadAllText(path), Encoding.UTF8.GetString(utf8.ToArray()));
        else Assert.Equal(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes, utf8.ToArray());
    }

    /// <summary>Reads a folder of this file and sound ones beside it; what loads must encode and come back.</summary>
    private void ReadModel(byte[] bytes, string name, params string[] beside)
    {
        foreach (string other in (string[])["vocab.json", "merges.txt", "tokenizer.json"])
        {
            if (beside.Contains(other)) File.Copy(_sound.File(other), _scratch.File(other), overwrite: true);
            else File.Delete(_scratch.File(other));
        }
        Write(name, bytes);
        Use(BpeModel.Load(_scratch.Path));
    }

    /// <summary>
    /// Reads a <c>tokenizer.json</c>. What loads may normalize text or know only some of it, but does so alike in every way.
    /// </summary>
    private void ReadJson(byte[] bytes)
    {
        foreach (string other in (string[])["vocab.json", "merges.txt"]) File.Delete(_scratch.File(other));
        Write("tokenizer.json", bytes);
        BpeTokenizer tokenizer = BpeTokenizer.Load(_scratch.Path);
        byte[] text = "hello the cat <|endoftext|> sat\u0000 é</s> world <pad> 日"u8.ToArray();
        try
        {
            int[] ids = tokenizer.Encode(text, SpecialTokenHandling.Allow);
            Assert.Equal(ids, tokenizer.EncodeStream(new TrickleStream(text, new Random(1)), SpecialTokenHandling.Allow));
            tokenizer.Decode(ids, skipSpecialTokens: true);
            tokenizer.Model.Save(_scratch.File("saved"));
            Assert.Equal(ids, BpeTokenizer.Load(_scratch.File("saved")).Encode(text, SpecialTokenHandling.Allow));
        }
        catch (InvalidOperationException e) when (
            e.Message.Contains("for which the vocabulary has no token") || e.Message.Contains("are both spelled")
            || e.Message.Contains("again and again"))
        {
        }
    }

    private static void Vary(JsonObject json)
    {
        json["normalizer"] = JsonNode.Parse(
            """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"String":"--"},"content":"-"}]}""");
        json["pre_tokenizer"] = JsonNode.Parse("""
            {"type":"Sequence","pretokenizers":[{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false},{"type":"Digits","individual_digits":true},
             {"type":"Split","pattern":{"Regex":"[^\\s\\p{L}]+|\\s+(?!\\S)|\\p{N}{1,3}"},"behavior":"MergedWithNext","invert":false}]}
            """);
        json["added_tokens"]![2]!["lstrip"] = true;
        json["added_tokens"]![1]!["normalized"] = true;
    }

    private void ReadRanks(byte[] bytes) => Use(TiktokenFile.Load(Write("ranks.tiktoken", bytes), Model.SpecialTokens, PreTokenizers.Gpt2));

    private void ReadRankedJson(byte[] bytes)
    {
        BpeModel model = BpeModel.Load(Write("ranked", bytes));
        try
        {
            Use(model);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("again and again"))
        {
        }
    }

    private void Inspect(byte[] bytes)
    {
        TokenizerInspection found = TokenizerInspection.Of(Write("inspected.json", bytes));
        Assert.NotEqual(found.Model is null, found.Refusal is null);
    }

    private static IEnumerable<byte[]> SentencePieceSamples()
    {
        ModelBytes bytes = ModelBytes.Tiny();
        for (int value = 0; value < 256; value++) bytes.Piece($"<0x{value:X2}>", 0, 6);
        yield return bytes.Trainer(2, bytes: true).Normalizer(space: true, removesExtra: true).ToArray();
        yield return ModelBytes.Tiny().Piece("bA", 0, 4).Trainer(2).Normalizer(
            space: true, removesExtra: false, [4, 0, 0, 0, 0, 4, 0, 0, 65, 0]).ToArray();
    }

    private void ReadSentencePiece(byte[] bytes)
    {
        BpeTokenizer tokenizer = new(SentencePieceFile.Load(Write("tokenizer.model", bytes)));
        tokenizer.Decode(tokenizer.Encode("ab bab\u0000 é </s> 日"u8, SpecialTokenHandling.Allow));
    }

    private byte[] CountTexts()
    {
        string text = _sound.Write("counted.txt", "the cat sat on the mat<|endoftext|>the other 12 cats");
        new CorpusCounter(new CorpusCounterOptions { SpecialTokens = ["<|endoftext|>"] }).CountFiles(
            [text], _sound.File("counts")).Dispose();
        return File.ReadAllBytes(_sound.File("counts"));
    }

    private void ReadCounts(byte[] bytes)
    {
        using PreTokenCountFile counts = PreTokenCountFile.Open(Write("counts", bytes));
        counts.CreatePreTokenizer();
        Assert.All(counts.Read(), item => Assert.True(item.Count > 0));
    }

    /// <summary>The checksum at the end is that of what stands before it.</summary>
    private static byte[] Seal(byte[] bytes)
    {
        int end = bytes.Length - SHA256.HashSizeInBytes;
        if (end > 0) SHA256.HashData(bytes.AsSpan(0, end), bytes.AsSpan(end));
        return bytes;
    }

    private byte[] EncodeCorpus()
    {
        string[] texts = [_scratch.Write("a.txt", "the cat"), _scratch.Write("b.txt", "the other mat")];
        return File.ReadAllBytes(new CorpusEncoder(new BpeTokenizer(Model)).EncodeFiles(texts, _scratch.Path).ManifestPath);
    }

    private void ReadShards(byte[] bytes)
    {
        using TokenShards shards = TokenShards.Open(Write(TokenManifest.FileName, bytes));
        int[] ids = new int[shards.Length];
        shards.Read(0, ids);
        Assert.All(ids, id => Assert.True(id >= 0));
    }

    private static void Use(BpeModel model)
    {
        BpeTokenizer tokenizer = new(model);
        byte[] text = "the cat <|endoftext|> sat\u0000 é <pad>"u8.ToArray();
        Assert.Equal(text, tokenizer.DecodeBytes(tokenizer.Encode(text, SpecialTokenHandling.Allow)));
    }

    private static byte[] Npy(string header, int bytes)
    {
        byte[] text = Encoding.ASCII.GetBytes(header);
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text,
            .. Enumerable.Range(0, bytes).Select(i => (byte)(i % 4 == 3 ? 0 : i))];
    }

    private static byte[] RepairLength(byte[] bytes)
    {
        int end = bytes.AsSpan().LastIndexOf((byte)'}') + 1;
        if (end > 10) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(end - 10));
        return bytes;
    }

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_scratch.File(name), bytes);
        return _scratch.File(name);
    }
}
