using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli.Tests;

/// <summary>What cuts text is what the tokenizer's file says, in every command.</summary>
public sealed class TokenizerPatternTests : IDisposable
{
    // GPT-2's pattern takes a space to digits, and as many of them as there are; that of cl100k does neither.
    private const string Prompt = "Lily had 123456 red balls.\n\nShe'LL";

    private readonly SmallRun _run = new();
    private readonly string _text;

    public TokenizerPatternTests() =>
        _text = _run.Write(
            "numbers.txt", File.ReadAllText(_run.File("text.txt")).Replace("<|endoftext|>", "", StringComparison.Ordinal) + string.Concat(
            Enumerable.Range(0, 2000).Select(i => $"Lily had {123456 + (i % 3)} red balls.\n\nShe'LL go. ")));

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_tokenizer_of_another_pattern_goes_through_train_eval_and_generate_with_its_own_ids()
    {
        CliRun.Of("tokenizer", "train", "--input", _text, "--vocab-size", "300", "--pattern", "cl100k", "--output", _run.File("other"))
            .Succeeded();
        CliRun.Of("tokenizer", "encode", "--tokenizer", _run.File("other"), "--input", _text, "--output", _run.File("other.npy"))
            .Succeeded();
        BpeTokenizer tokenizer = BpeTokenizer.Load(_run.File("other"));
        int[] ids = tokenizer.Encode(Prompt);
        Assert.Equal(PreTokenizers.Cl100k.Pattern, tokenizer.Model.PreTokenizer.Pattern);
        Assert.NotEqual(BpeTokenizer.Load(_run.File("other"), preTokenizer: PreTokenizers.Gpt2).Encode(Prompt), ids);
        Assert.Equal(tokenizer.Encode(File.ReadAllText(_text)), Read("other.npy"));

        CliRun.Of(
            "train", "--config", _run.File("config.json"), "--data", _run.File("other.npy"), "--tokenizer", _run.File("other"), "--output",
            _run.File("run"), "--set", "samples.every=6", "samples.prompts=[\"Lily\"]").Succeeded();
        JsonObject measured = CliRun.Json("eval", "--run", _run.File("run"), "--data", _run.File("other.npy"));
        double bytesPerToken = (double)new FileInfo(_text).Length / Read("other.npy").Length;
        Assert.Equal((double)measured["loss"]! / Math.Log(2) / bytesPerToken, (double)measured["bits_per_byte"]!, 0.05);

        string[] options = ["generate", "--run", _run.File("run"), "--greedy", "--max-new-tokens", "5"];
        JsonObject ofText = CliRun.Json([.. options, "--prompt", Prompt]);
        JsonObject ofIds = CliRun.Json([.. options, "--prompt-ids", string.Join(',', ids)]);
        Assert.Equal($"{ofIds["ids"]}", $"{ofText["ids"]}");
    }

    [Fact]
    public void A_pattern_of_ones_own_is_kept_and_another_one_overrides_it()
    {
        CliRun.Of("tokenizer", "train", "--input", _text, "--vocab-size", "300", "--pattern", @"\p{L}+|[^\p{L}]", "--output",
            _run.File("own"))
            .Succeeded();
        CliRun.Of("tokenizer", "encode", "--tokenizer", _run.File("own"), "--input", _text, "--output", _run.File("own.npy")).Succeeded();
        CliRun.Of("tokenizer", "encode", "--tokenizer", _run.File("own"), "--input", _text, "--output", _run.File("qwen.npy"), "--pattern",
            "Qwen2").Succeeded();

        BpeTokenizer own = BpeTokenizer.Load(_run.File("own"));
        Assert.Equal(@"\p{L}+|[^\p{L}]", own.Model.PreTokenizer.Pattern);
        Assert.Equal(own.Encode(File.ReadAllText(_text)), Read("own.npy"));
        Assert.Equal(
            BpeTokenizer.Load(_run.File("own"), preTokenizer: PreTokenizers.Qwen2).Encode(File.ReadAllText(_text)), Read("qwen.npy"));
    }

    [Theory]
    [InlineData("--pattern is 'cl100', but must be one of gpt2, cl100k, llama3, o200k, qwen2, tekken, or a regular expression.",
        "--pattern", "cl100")]
    [InlineData("--pattern cannot be followed: ", "--pattern", "(a")]
    [InlineData("--encoding is for rank files, but ", "--encoding", "cl100k_base")]
    [InlineData("'cl100k'", "--encoding", "cl100k")]
    public void What_is_no_pattern_is_refused(string message, params string[] options) => CliRun.Of(
        ["tokenizer", "encode", "--tokenizer", _run.File("tk"), "--input", _text, "--output", _run.File("out.npy"), .. options]).Failed(
            2, message);

    [Fact]
    public void A_rank_file_needs_its_encoding_or_a_pattern()
    {
        CliRun.Of("tokenizer", "convert", "--input", _run.File("tk"), "--output", _run.File("tk.tiktoken")).Succeeded();
        string[] encode =
            ["tokenizer", "encode", "--tokenizer", _run.File("tk.tiktoken"), "--input", _text, "--output", _run.File("out.npy")];

        CliRun.Of(encode).Failed(1, "which does not say how text is cut");
        CliRun.Of([.. encode, "--encoding", "gpt2", "--special", "a=1"]).Failed(2, "--encoding gpt2 has special tokens of its own");
        Assert.Equal(0, CliRun.Of([.. encode, "--pattern", "gpt2"]).ExitCode);
        Assert.Equal(BpeTokenizer.Load(_run.File("tk")).Encode(File.ReadAllText(_text)), Read("out.npy"));
        CliRun.Of([.. encode, "--encoding", "p50k_edit"]).Succeeded();
        CliRun.Of("tokenizer", "convert", "--input", _run.File("tk.tiktoken"), "--encoding", "p50k_edit", "--output", _run.File("edit"))
            .Succeeded();
        Assert.Equal(50282, BpeTokenizer.Load(_run.File("edit")).SpecialTokens["<|fim_middle|>"]);
    }

    private int[] Read(string name)
    {
        using TokenFile file = TokenFile.Open(_run.File(name));
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        return ids;
    }
}
