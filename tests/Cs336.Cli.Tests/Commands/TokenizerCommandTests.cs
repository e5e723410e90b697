using System.Text;
using System.Text.Json.Nodes;
using Cs336.Testing;
using Cs336.Tokenizers;
using Stories;

namespace Cs336.Cli.Tests;

public sealed class TokenizerCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _text;

    public TokenizerCommandTests()
    {
        _text = _folder.File("stories.txt");
        StoryCorpus.Write(_text, 40_000, seed: 3);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_vocabulary_is_trained_and_a_text_goes_there_and_back()
    {
        JsonObject trained = CliRun.Json("tokenizer", "train", "--input", _text, "--vocab-size", "400", "--special", "<|endoftext|>",
            "<|pad|>", "--output", _folder.File("tk"));
        Assert.Equal(400, (int)trained["vocab_size"]!);
        Assert.Equal(142, (int)trained["merges"]!);
        Assert.Equal(["<|endoftext|>", "<|pad|>"], trained["special_tokens"]!.AsArray().Select(token => (string)token!));
        Assert.Equal(["merges.txt", "tokenizer.json", "vocab.json"],
            Directory.GetFiles(_folder.File("tk")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        JsonObject encoded = CliRun.Json("tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--input", _text, "--output",
            _folder.File("ids.npy"));
        Assert.Equal("uint16", (string)encoded["dtype"]!);
        using (TokenFile file = TokenFile.Open(_folder.File("ids.npy")))
        {
            int[] ids = new int[file.Length];
            file.Read(0, ids);
            Assert.Equal(BpeTokenizer.Load(_folder.File("tk")).Encode(File.ReadAllText(_text), SpecialTokenHandling.Allow), ids);
            Assert.Equal(ids.Length, (int)encoded["tokens"]!);
        }

        CliRun.Of("tokenizer", "decode", "--tokenizer", _folder.File("tk"), "--input", _folder.File("ids.npy"), "--output",
            _folder.File("new/back.txt")).Succeeded();
        Assert.Equal(File.ReadAllBytes(_text), File.ReadAllBytes(_folder.File("new/back.txt")));
    }

    [Fact]
    public void Shards_are_counted_added_up_and_trained_on_as_the_whole_is()
    {
        string other = _folder.Write("other.txt", string.Concat(Enumerable.Repeat("xyzzy plugh ", 500)));
        string[] counts = [.. Enumerable.Range(0, 3).Select(i => _folder.File($"counts-{i}"))];
        for (int i = 0; i < 3; i++)
        {
            JsonObject counted = CliRun.Json(
                "tokenizer", "count", "--input", _text, other, "--pattern", "cl100k", "--shard", $"{i}/3", "--output", counts[i]);
            Assert.Equal([$"{i}/3"], counted["shards"]!.AsArray().Select(shard => (string)shard!));
        }
        CliRun.Of("tokenizer", "count", "--counts", counts[0], counts[1], "--output", _folder.File("two")).Succeeded();
        JsonObject trained = CliRun.Json(
            "tokenizer", "train", "--counts", _folder.File("two"), counts[2], "--vocab-size", "400", "--output", _folder.File("shards"));
        CliRun.Of("tokenizer", "train", "--input", _text, other, "--pattern", "cl100k", "--vocab-size", "400", "--output",
            _folder.File("single")).Succeeded();

        Assert.Equal(new FileInfo(_text).Length + new FileInfo(other).Length, (long)trained["bytes"]!);
        foreach (string file in Directory.GetFiles(_folder.File("single")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder.File("shards"), Path.GetFileName(file))));

        string[] train = ["tokenizer", "train", "--vocab-size", "400", "--output", _folder.File("none")];
        CliRun.Of([.. train, "--counts", counts[0]]).Failed(1, "2 are missing: 1/3, 2/3");
        CliRun.Of([.. train, "--counts", .. counts, "--pattern", "gpt2"]).Failed(1, "The training has the pattern");
        CliRun.Of([.. train, "--counts", .. counts, "--threads", "2"]).Failed(2, "--counts is given, so that --threads would not be used");
        CliRun.Of([.. train, "--counts", counts[0], "--input", _text]).Failed(
            2, "Name either texts, by --input, or counts of them, by --counts.");
        CliRun.Of("tokenizer", "count", "--input", _text, "--shard", "3/3", "--output", _folder.File("none")).Failed(
            2, "the first is 0/3 and the last 2/3");
        Assert.False(Path.Exists(_folder.File("none")));
    }

    [Fact]
    public void Many_texts_are_encoded_to_a_folder_shard_by_shard_and_trained_on_by_their_manifest()
    {
        string other = _folder.Write("other.txt", string.Concat(Enumerable.Repeat("xyzzy plugh ", 500)));
        CliRun.Of("tokenizer", "train", "--input", _text, other, "--vocab-size", "300", "--output", _folder.File("tk")).Succeeded();
        string[] encode =
            ["tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--input", _text, other, "--output-folder", _folder.File("tokens")];

        JsonObject first = CliRun.Json([.. encode, "--shard", "0/2"]), second = CliRun.Json([.. encode, "--shard", "1/2"]),
            whole = CliRun.Json(encode);

        Assert.Equal((2, 0, 2), ((int)first["encoded"]! + (int)second["encoded"]!, (int)whole["encoded"]!, (int)whole["skipped"]!));
        Assert.Equal((long)first["tokens"]! + (long)second["tokens"]!, (long)whole["tokens"]!);
        string manifest = (string)whole["manifest"]!;
        string config = _folder.Write("config.json", """
            {
              "model": { "context_length": 16, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 32 },
              "training": { "max_steps": 3, "batch_size": 2, "evaluation_tokens": 64 }
            }
            """);
        CliRun.Of("train", "--config", config, "--data", manifest, "--tokenizer", _folder.File("tk"), "--output", _folder.File("run"))
            .Succeeded();

        CliRun.Of([.. encode, "--output", _folder.File("ids.npy")]).Failed(
            2, "Name either a file, by --output, or a folder, by --output-folder.");
        CliRun.Of("tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--input", _text, other, "--output", _folder.File("ids.npy"))
            .Failed(2, "--output is one file, but --input names 2");
        CliRun.Of(
            "tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--input", _text, "--output", _folder.File("ids.npy"), "--shard",
            "0/1")
            .Failed(2, "--output is one file, so that --shard would not be used");
    }

    [Fact]
    public void Several_files_make_one_vocabulary_and_the_default_special_token_comes_first()
    {
        string other = _folder.Write("other.txt", string.Concat(Enumerable.Repeat("xyzzy plugh ", 500)));
        CliRun.Of("tokenizer", "train", "--input", _text, other, "--vocab-size", "500", "--output", _folder.File("tk")).Succeeded();
        BpeTokenizer tokenizer = BpeTokenizer.Load(_folder.File("tk"));
        Assert.Equal(0, tokenizer.SpecialTokens["<|endoftext|>"]);
        Assert.Single(tokenizer.Encode(" plugh"));
        Assert.Single(tokenizer.Encode(" the"));
    }

    [Fact]
    public void What_a_memory_budget_leaves_out_is_told()
    {
        // Each word stands once, but for "frequent", and they take more than the budget has room for.
        string text = _folder.Write("rare.txt", " frequent frequent " + string.Join(' ', Enumerable.Range(0, 200_000).Select(Word)));
        string[] command = ["tokenizer", "train", "--input", text, "--vocab-size", "260", "--memory-budget", "17MB", "--output",
            _folder.File("tk")];
        Assert.Contains("200,000 distinct pre-tokens that stand in the text less than 2 times were left out, to stay within "
            + "--memory-budget.", CliRun.Of(command).Succeeded().Errors);
        JsonObject trained = CliRun.Json(command);
        Assert.Equal((200_000, 2), ((int)trained["pruned_pre_tokens"]!, (int)trained["min_pre_token_count"]!));

        static string Word(int number) =>
            string.Concat(Enumerable.Range(0, 8).Select(digit => (char)('a' + ((number >> (2 * digit)) & 3))))
            + (char)('a' + (number >> 16));
    }

    [Fact]
    public void Vocabularies_are_converted_both_ways()
    {
        Train("tk", 400);
        CliRun to = CliRun.Of("tokenizer", "convert", "--input", _folder.File("tk"), "--output", _folder.File("tk.tiktoken")).Succeeded();
        Assert.Contains("--special \"<|endoftext|>=0\"", to.Errors);
        CliRun.Of("tokenizer", "convert", "--input", _folder.File("tk.tiktoken"), "--pattern", "gpt2", "--special", "<|endoftext|>=0",
            "--output", _folder.File("back")).Succeeded();
        foreach (string name in (string[])["vocab.json", "merges.txt", "tokenizer.json"])
            Assert.Equal(File.ReadAllText(_folder.File($"tk/{name}")), File.ReadAllText(_folder.File($"back/{name}")));

        File.Delete(_folder.File("tk/tokenizer.json"));
        CliRun.Of("tokenizer", "convert", "--input", _folder.File("tk"), "--output", _folder.File("from-gpt2")).Succeeded();
        Assert.Equal(File.ReadAllText(_folder.File("back/tokenizer.json")), File.ReadAllText(_folder.File("from-gpt2/tokenizer.json")));
    }

    [Fact]
    public void A_report_shows_that_a_vocabulary_is_specialised_in_its_text()
    {
        string other = _folder.Write("numbers.txt", string.Join(' ', Enumerable.Range(1000, 8000).Select(number => $"item-{number % 97}")));
        Train("stories", 400);
        CliRun.Of("tokenizer", "train", "--input", other, "--vocab-size", "300", "--output", _folder.File("numbers")).Succeeded();
        string[] arguments =
            ["tokenizer", "report", "--tokenizer", _folder.File("stories"), $"digits={_folder.File("numbers")}", "--corpus", _text, other,
                "--longest", "2", "--documents", "3"];
        JsonObject report = CliRun.Json(arguments);
        double Ratio(string tokenizer, string corpus) => (double)report["measurements"]!.AsArray()
            .Single(item => (string)item!["tokenizer"]! == tokenizer && (string)item["corpus"]! == corpus)!["bytes_per_token"]!;
        Assert.True(Ratio("stories", "stories.txt") > 1.3 * Ratio("digits", "stories.txt"));
        Assert.True(Ratio("digits", "numbers.txt") > 1.3 * Ratio("stories", "numbers.txt"));
        Assert.All(report["measurements"]!.AsArray(), item => Assert.Equal(
            825e9 / (double)item!["bytes_per_second"]!, (double)item["seconds_for_825_gb"]!,
            825e9 / (double)item["bytes_per_second"]! * 1e-6));
        Assert.Equal(2, report["tokenizers"]!["digits"]!["longest_tokens"]!.AsArray().Count);
        string text = CliRun.Of(arguments).Succeeded().Output;
        Assert.Contains("Compression ratio", text);
        Assert.Contains("825 GB", text);
    }

    [Theory]
    [InlineData("vocab_size is 20, but 256 bytes", "train", "--input", "stories.txt", "--vocab-size", "20", "--output", "out")]
    [InlineData("nowhere.txt", "train", "--input", "nowhere.txt", "--vocab-size", "300", "--output", "out")]
    [InlineData("which is a file", "train", "--input", "stories.txt", "--vocab-size", "300", "--output", "stories.txt")]
    [InlineData("There is no nowhere", "encode", "--tokenizer", "nowhere", "--input", "stories.txt", "--output", "out")]
    [InlineData("nowhere.txt", "encode", "--tokenizer", "tk", "--input", "nowhere.txt", "--output", "out")]
    [InlineData("stories.txt", "decode", "--tokenizer", "tk", "--input", "stories.txt", "--output", "out")]
    [InlineData("holds id 399 at place 2, but the vocabulary has 300", "decode", "--tokenizer", "tk", "--input", "large.npy", "--output",
        "out")]
    [InlineData("odd.bin has 3 bytes, an odd number", "decode", "--tokenizer", "tk", "--input", "odd.bin", "--output", "out")]
    [InlineData("wide.txt looks like UTF-16, little-endian", "encode", "--tokenizer", "tk", "--input", "wide.txt", "--output", "out")]
    [InlineData("wide.txt looks like UTF-16, little-endian", "train", "--input", "stories.txt", "wide.txt", "--vocab-size", "300",
        "--output", "out")]
    [InlineData("wide.txt looks like UTF-16, little-endian", "report", "--tokenizer", "tk", "--corpus", "stories.txt", "wide.txt")]
    [InlineData("marked.txt begins with the byte order mark of UTF-16", "encode", "--tokenizer", "tk", "--input", "marked.txt", "--output",
        "out", "--text-encoding", "utf-8")]
    [InlineData("stories.txt is to be read as UTF-16", "train", "--input", "stories.txt", "--vocab-size", "300", "--output", "out",
        "--text-encoding", "utf-16")]
    [InlineData("empty.txt is empty", "report", "--tokenizer", "tk", "--corpus", "empty.txt")]
    [InlineData("There is no nowhere.tiktoken", "convert", "--input", "nowhere.tiktoken", "--output", "out")]
    public void Bad_input_is_one_message_and_no_file(string message, params string[] arguments)
    {
        Train("tk", 300);
        _folder.Write("empty.txt", "");
        using (TokenFileWriter writer = new(_folder.File("large.npy"), 400))
        {
            writer.Write([1, 2, 399]);
            writer.Complete();
        }
        WriteForeignFiles();
        string[] names = ["stories.txt", "nowhere.txt", "empty.txt", "large.npy", "odd.bin", "wide.txt", "marked.txt", "tk", "out"];
        CliRun.Of(["tokenizer", .. arguments.Select(argument => names.Contains(argument) ? _folder.File(argument) : argument)])
            .Failed(1, message);
        Assert.False(Path.Exists(_folder.File("out")));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.partial"));
    }

    [Fact]
    public void A_text_in_utf16_is_converted_and_told()
    {
        Train("tk", 300);
        WriteForeignFiles();
        string marked = _folder.File("marked.txt"), wide = _folder.File("wide.txt"), ids = _folder.File("ids.npy"),
            back = _folder.File("back.txt");
        string text = File.ReadAllText(marked);
        string[] encode = ["tokenizer", "encode", "--tokenizer", _folder.File("tk"), "--output", ids];

        Assert.Contains(
            $"{marked} is UTF-16, little-endian: it is converted to UTF-8.", CliRun.Of([.. encode, "--input", marked]).Succeeded().Errors);
        CliRun.Of("tokenizer", "decode", "--tokenizer", _folder.File("tk"), "--input", ids, "--output", back).Succeeded();
        Assert.Equal(text, File.ReadAllText(back));
        Assert.Equal(text.Length, (int)CliRun.Json([.. encode, "--input", marked])["bytes"]!);
        CliRun.Of([.. encode, "--input", wide, "--text-encoding", "utf-16"]).Succeeded();
        CliRun.Of("tokenizer", "decode", "--tokenizer", _folder.File("tk"), "--input", ids, "--output", back).Succeeded();
        Assert.Equal(text, File.ReadAllText(back));
        CliRun.Of("tokenizer", "train", "--input", marked, "--vocab-size", "300", "--output", _folder.File("from-marked")).Succeeded();
        CliRun.Of("tokenizer", "train", "--input", back, "--vocab-size", "300", "--output", _folder.File("from-back")).Succeeded();
        Assert.Equal(File.ReadAllText(_folder.File("from-back/merges.txt")), File.ReadAllText(_folder.File("from-marked/merges.txt")));
    }

    [Fact]
    public void Token_files_of_other_programs_are_decoded_and_told()
    {
        Train("tk", 300);
        int[] ids = BpeTokenizer.Load(_folder.File("tk")).Encode("Once upon a time");
        string raw = _folder.File("train.bin");
        File.WriteAllBytes(raw, [.. ids.SelectMany(id => BitConverter.GetBytes((ushort)id))]);

        CliRun run = CliRun.Of(
            "tokenizer", "decode", "--tokenizer", _folder.File("tk"), "--input", raw, "--output", _folder.File("back.txt")).Succeeded();

        Assert.Contains($"{raw} has no header: it is read as {ids.Length} ids of uint16", run.Errors);
        Assert.Equal("Once upon a time", File.ReadAllText(_folder.File("back.txt")));
        WriteForeignFiles();
        run = CliRun.Of(
            "tokenizer", "decode", "--tokenizer", _folder.File("tk"), "--input", _folder.File(
            "signed.npy"), "--output", _folder.File("out"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"error: {_folder.File("signed.npy")} holds -2 at place 1, but ids are 0 to 2147483647.", run.Errors);
        Assert.False(File.Exists(_folder.File("out")));
    }

    private void WriteForeignFiles()
    {
        byte[] header = Encoding.ASCII.GetBytes("{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }");
        File.WriteAllBytes(_folder.File("signed.npy"), [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, 1, 0xFE]);
        File.WriteAllBytes(_folder.File("odd.bin"), [1, 0, 2]);
        string text = File.ReadAllText(_text)[..2000];
        File.WriteAllText(_folder.File("marked.txt"), text, Encoding.Unicode);
        File.WriteAllBytes(_folder.File("wide.txt"), Encoding.Unicode.GetBytes(text));
    }

    private void Train(string name, int size) =>
        CliRun.Of("tokenizer", "train", "--input", _text, "--vocab-size", $"{size}", "--output", _folder.File(name)).Succeeded();
}
