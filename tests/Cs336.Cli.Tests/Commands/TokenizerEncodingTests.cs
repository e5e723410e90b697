using System.Text.Json.Nodes;
using Cs336.Testing;
using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Cli.Tests;

/// <summary>A rank file with the name of its encoding does wherever a tokenizer does, and so do the other files that hold ranks.</summary>
public sealed class TokenizerEncodingTests : IDisposable
{
    private readonly SmallRun _run = new();

    private string Ranks => _run.File("stories.tiktoken");

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_run_is_trained_with_a_rank_file_and_keeps_its_encoding()
    {
        CliRun.Of("tokenizer", "convert", "--input", _run.File("tk"), "--output", Ranks).Succeeded();
        string[] train =
            ["train", "--config", _run.File("config.json"), "--data", _run.File("ids.npy"), "--tokenizer", Ranks, "--set",
            "model.vocab_size=0"];
        CliRun.Of([.. train, "--output", _run.File("none")]).Failed(1, "name its encoding");
        CliRun.Of([.. train[..^4], "--encoding", "gpt2", "--output", _run.File("none")]).Failed(
            1, "data.tokenizer_encoding is set, but data.tokenizer is not");

        CliRun.Of([.. train, "--encoding", "gpt2", "--output", _run.File("run")]).Succeeded();

        RunConfig config = new RunDirectory(_run.File("run")).ReadConfig();
        Assert.Equal((Ranks, "gpt2", 50257), (config.Data.Tokenizer, config.Data.TokenizerEncoding, config.Model.VocabSize));
        string[] run = ["--run", _run.File("run")];
        string continued = CliRun.Of(["generate", .. run, "--prompt", "Once", "--max-new-tokens", "3", "--seed", "1"]).Succeeded().Output;
        Assert.StartsWith("Once", continued);
        Assert.Equal(continued, CliRun.Of(
            ["generate", .. run, "--tokenizer", Ranks, "--encoding", "gpt2", "--prompt", "Once", "--max-new-tokens", "3", "--seed", "1"])
                .Succeeded().Output);
        Assert.NotNull(CliRun.Json(["eval", .. run, "--data", _run.File("ids.npy"), "--max-tokens", "64"])["bits_per_byte"]);
        CliRun.Of(["export", .. run, "--format", "gguf", "--output", _run.File("a.gguf")]).Succeeded();
        CliRun.Of(["export", .. run, "--tokenizer", Ranks, "--encoding", "gpt2", "--format", "gguf", "--name", "a", "--output",
            _run.File("b.gguf")]).Succeeded();
        Assert.Equal(File.ReadAllBytes(_run.File("a.gguf")), File.ReadAllBytes(_run.File("b.gguf")));

        foreach (string[] command in (string[][])[["generate", "--prompt", "a"], ["eval", "--data", _run.File("ids.npy")],
            ["export", "--format", "gguf", "--output", _run.File("c.gguf")]])
        {
            CliRun.Of([.. command, .. run, "--encoding", "gpt2"]).Failed(
                2, "It is of the rank file that --tokenizer names, and none is named");
            CliRun.Of([.. command, .. run, "--tokenizer", Ranks]).Failed(1, "name its encoding");
            CliRun.Of([.. command, .. run, "--tokenizer", _run.File("tk"), "--encoding", "gpt2"]).Failed(
                1, "the encoding gpt2 cannot be named for it");
        }
    }

    [Fact]
    public void Another_tokenizer_is_not_of_the_encoding_that_the_configuration_names()
    {
        string config = _run.Write("ranked.json", File.ReadAllText(_run.File("config.json")).Replace("\"optimizer\"",
            """ "data": { "tokenizer": "elsewhere.tiktoken", "tokenizer_encoding": "gpt2" }, "optimizer" """));
        string[] train = ["train", "--config", config, "--data", _run.File("ids.npy"), "--output", _run.File("run")];

        CliRun.Of([.. train, "--set", "data.tokenizer_encoding=gpt3"]).Failed(
            1, "data.tokenizer_encoding is 'gpt3', but must be one of gpt2, r50k_base");
        CliRun.Of([.. train, "--tokenizer", _run.File("tk")]).Succeeded();

        DataConfig kept = new RunDirectory(_run.File("run")).ReadConfig().Data;
        Assert.Equal((_run.File("tk"), null), (kept.Tokenizer, kept.TokenizerEncoding));
    }

    [Fact]
    public void Tekken_and_the_JSON_of_packages_are_inspected_converted_and_used()
    {
        BpeModel model = BpeModel.Load(_run.File("tk"));
        string[] paths =
        [
            _run.Write("mine",
                RankedFiles.Tekken(RankedFiles.TokensOf(model), model.PreTokenizer.Pattern, 301, 2, ["<s>", "</s>"]).ToJsonString()),
            _run.Write("theirs", RankedFiles.Tiktoken(model).ToJsonString()),
        ];
        Assert.Contains("Mistral's tekken.json", CliRun.Of("tokenizer", "inspect", paths[0]).Succeeded().Output);
        Assert.Contains("an encoding of tiktoken as JSON", CliRun.Of("tokenizer", "inspect", paths[1]).Succeeded().Output);
        JsonObject[] told = [.. paths.Select(path => CliRun.Json("tokenizer", "inspect", path))];
        Assert.Equal([("tekken", 301, 299), ("tiktoken_json", 300, 299)],
            told.Select(json => ((string)json["format"]!, (int)json["vocab_size"]!, (int)json["entries"]!)));
        foreach (string path in paths)
        {
            CliRun.Of("tokenizer", "convert", "--input", path, "--output", path + "-folder").Succeeded();
            Assert.Equal(BpeModel.Load(path).Merges, BpeModel.Load(path + "-folder").Merges);
            CliRun.Of("tokenizer", "convert", "--input", path, "--output", path + ".tiktoken").Succeeded();
            CliRun.Of("tokenizer", "encode", "--tokenizer", path, "--input", _run.File("text.txt"), "--output", path + ".npy").Succeeded();
            CliRun.Of("tokenizer", "decode", "--tokenizer", path, "--input", path + ".npy", "--output", path + ".txt").Succeeded();
            Assert.Equal(File.ReadAllText(_run.File("text.txt")), File.ReadAllText(path + ".txt"));
            CliRun.Of("tokenizer", "convert", "--input", path, "--encoding", "gpt2", "--output", path + "-none").Failed(
                2, "--encoding is for rank files");
        }
    }
}
