using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Cs336.Data;
using Cs336.Testing;
using Cs336.Tokenizers;
using Stories;

namespace Cs336.Cli.Tests;

/// <summary>The commands read files of documents as the text that they make.</summary>
public sealed class TokenizerDocumentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _documents;
    private readonly string _text, _zstd, _gzip;

    public TokenizerDocumentsTests()
    {
        StoryCorpus.Write(_folder.File("all.txt"), 40_000, seed: 3);
        _documents = File.ReadAllText(_folder.File("all.txt")).Split("<|endoftext|>", StringSplitOptions.RemoveEmptyEntries);
        _text = _folder.Write("stories.txt", string.Concat(_documents.Select(document => document + "<|endoftext|>")));
        byte[] lines = Encoding.UTF8.GetBytes(
            string.Concat(_documents.Select((document, i) => new JsonObject { ["id"] = i, ["body"] = document }.ToJsonString() + "\n")));
        _zstd = _folder.File("stories.jsonl.zst");
        using (FileStream file = File.Create(_zstd))
        using (ZstdSharp.CompressionStream packing = new(file)) packing.Write(lines);
        _gzip = _folder.File("stories.jsonl.gz");
        using (FileStream file = File.Create(_gzip))
        using (GZipStream packing = new(file, CompressionLevel.Fastest)) packing.Write(lines);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_vocabulary_ids_and_counts_are_those_of_the_joined_text()
    {
        CliRun.Of("tokenizer", "train", "--input", _text, "--vocab-size", "400", "--output", _folder.File("expected")).Succeeded();
        CliRun.Of("tokenizer", "train", "--input", _zstd, "--field", "body", "--vocab-size", "400", "--output", _folder.File("tk"))
            .Succeeded();
        foreach (string file in Directory.GetFiles(_folder.File("expected")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder.File("tk"), Path.GetFileName(file))));

        JsonObject encoded = CliRun.Json(
            "tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--input", _zstd, "--field", "body", "--output-folder",
            _folder.File("tokens"));
        int[] expected = BpeTokenizer.Load(_folder.File("tk")).Encode(File.ReadAllText(_text), SpecialTokenHandling.Allow);
        using TokenFile tokens = TokenFile.Open(_folder.File("tokens/stories.jsonl.zst.npy"));
        int[] ids = new int[tokens.Length];
        tokens.Read(0, ids);
        Assert.Equal(expected, ids);
        Assert.Equal(expected.Length, (int)encoded["tokens"]!);

        CliRun.Of("tokenizer", "count", "--input", _gzip, "--field", "body", "--output", _folder.File("counts")).Succeeded();
        CliRun.Of("tokenizer", "train", "--counts", _folder.File("counts"), "--vocab-size", "400", "--output", _folder.File("counted"))
            .Succeeded();
        Assert.Equal(File.ReadAllBytes(_folder.File("expected/tokenizer.json")), File.ReadAllBytes(_folder.File("counted/tokenizer.json")));
    }

    [Fact]
    public void Documents_are_divided_and_copies_left_out()
    {
        CliRun.Of("tokenizer", "train", "--input", _text, "--vocab-size", "300", "--output", _folder.File("tk")).Succeeded();
        long Encode(string folder, params string[] options) =>
            (long)CliRun.Json(["tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--field", "body",
            "--output-folder", _folder.File(folder), .. options])["tokens"]!;

        long training = Encode("training", "--input", _gzip, "--validation-fraction", "0.2", "--part", "training");
        long validation = Encode("validation", "--input", _gzip, "--validation-fraction", "0.2", "--part", "validation");
        long all = Encode("all", "--input", _gzip), distinct = Encode("distinct", "--input", _gzip, _zstd, "--deduplicate");

        Assert.Equal(all, training + validation);
        Assert.InRange(validation, 1, training);
        Assert.Equal(all, distinct);
        CliRun again =
            CliRun.Of("tokenizer", "count", "--input", _text, _text, "--deduplicate", "--output", _folder.File("counts")).Succeeded();
        Assert.Contains($"{_documents.Length} documents were left out, as they had been read before.", again.Errors);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        string[] train = ["tokenizer", "train", "--vocab-size", "300", "--output", _folder.File("none")];

        CliRun.Of([.. train, "--input", _gzip]).Failed(
            1, $"{_gzip}, line 1, has the fields id, body, but must be an object with the text in the field text.");
        CliRun.Of([.. train, "--input", _gzip, "--field", "body", "--max-document-bytes", "10"]).Failed(
            1, $"{_gzip}, line 1, has more than 10 bytes");
        CliRun.Of([.. train, "--input", _gzip, "--field", "body", "--end-token", "<|end|>"]).Failed(1, "special_tokens lacks '<|end|>'");
        CliRun.Of([.. train, "--input", _gzip, "--part", "training"]).Failed(1, "part is Training, but validation_fraction is 0");
        CliRun.Of([.. train, "--input", _gzip, "--text-encoding", "utf-16"]).Failed(2, "Documents are read, which are UTF-8");
        CliRun.Of([.. train, "--counts", _text, "--field", "body"]).Failed(1, _text);
        CliRun.Of("tokenizer", "encode", "--tokenizer", _text, "--input", _gzip, "--output", _folder.File("none"))
            .Failed(2, "Documents are encoded to a folder: name it, by --output-folder.");
        File.WriteAllBytes(_gzip, File.ReadAllBytes(_gzip)[..^3]);
        CliRun.Of([.. train, "--input", _gzip, "--field", "body"]).Failed(
            1, $"{_gzip} cannot be unpacked as Gzip, it is damaged or not whole");
        Assert.False(Path.Exists(_folder.File("none")));
    }
}
