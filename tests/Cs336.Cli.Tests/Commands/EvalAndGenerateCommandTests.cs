using System.Text.Json.Nodes;
using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Cli.Tests;

public sealed class EvalAndGenerateCommandTests : IClassFixture<EvalAndGenerateCommandTests.Trained>
{
    private readonly Trained _trained;

    public EvalAndGenerateCommandTests(Trained trained) => _trained = trained;

    [Fact]
    public void A_run_and_its_files_measure_alike()
    {
        JsonObject run = CliRun.Json("eval", "--run", _trained.Run, "--data", _trained.File("ids.npy"));
        Assert.Equal(Math.Exp((double)run["loss"]!), (double)run["perplexity"]!, 9);
        Assert.Equal(40, (int)run["step"]!);
        using TokenFile ids = TokenFile.Open(_trained.File("ids.npy"));
        int tokens = (int)run["tokens"]!;
        Assert.Equal((ids.Length - 1) / 16 * 16, tokens);
        double bytesPerToken = (double)new FileInfo(_trained.File("text.txt")).Length / ids.Length;
        Assert.Equal((double)run["loss"]! / Math.Log(2) / bytesPerToken, (double)run["bits_per_byte"]!, 0.02);

        JsonObject files = CliRun.Json(["eval", .. _trained.Files, "--data", _trained.File("ids.npy")]);
        Assert.Equal((double)run["loss"]!, (double)files["loss"]!, 6);
        Assert.Null(files["bits_per_byte"]);
        Assert.Contains("unknown: name the tokenizer", CliRun.Of(
            ["eval", .. _trained.Files, "--data", _trained.File("ids.npy"), "--max-tokens", "64"]).Output);
        Assert.Equal(64, (int)CliRun.Json("eval", "--run", _trained.Run, "--best", "--data", _trained.File("ids.npy"), "--max-tokens",
            "64")["tokens"]!);
    }

    [Fact]
    public void A_text_is_measured_in_bits_for_each_of_its_bytes()
    {
        JsonObject text = CliRun.Json("eval", "--run", _trained.Run, "--text", _trained.File("text.txt"));
        long bytes = new FileInfo(_trained.File("text.txt")).Length;
        Assert.Equal(bytes, (long)text["bytes"]!);
        using TokenFile ids = TokenFile.Open(_trained.File("ids.npy"));
        Assert.Equal(ids.Length, (long)text["tokens"]!); // all of them, after the token that starts a text
        Assert.Equal((double)text["loss"]! * ids.Length / Math.Log(2) / bytes, (double)text["bits_per_byte"]!, 1e-9);
        double tokens = (double)CliRun.Json("eval", "--run", _trained.Run, "--data", _trained.File("ids.npy"))["bits_per_byte"]!;
        Assert.Equal(tokens, (double)text["bits_per_byte"]!, 0.02);
        string output = CliRun.Of(
            ["eval", .. _trained.Files, "--text", _trained.File("text.txt"), "--tokenizer", _trained.File("tk"), "--batch", "3"])
            .Succeeded().Output;
        Assert.StartsWith("bits per byte  ", output);
    }

    [Fact]
    public void Tasks_are_asked_and_told_as_others_tell_them()
    {
        string[] tasks = ["stories-choice", "stories-cloze"];
        string run = _trained.File("longer"); // whose context the longest choice fits
        CliRun.Of(["train", .. _trained.Config, "--output", run, "--set", "model.context_length=64", "training.max_steps=2"]).Succeeded();
        string[] arguments =
            ["eval", "--run", run, "--task",
            .. tasks.Select(name => Path.Combine(RepositoryRoot.Path, "samples", "tasks", name + ".jsonl"))];
        JsonObject[] results = [.. CliRun.Json(arguments)["tasks"]!.AsArray().Select(item => item!.AsObject())];
        Assert.Equal(tasks, results.Select(item => (string)item["task"]!));
        Assert.Equal((24, 24), ((int)results[0]["questions"]!, (int)results[1]["questions"]!));
        Assert.Equal(
            (0.25, "multiple_choice", "cloze"), ((double)results[0]["chance"]!, (string)results[0]["kind"]!, (string)results[1]["kind"]!));
        Assert.InRange((double)results[0]["acc"]!, 0, 1);
        Assert.InRange((double)results[0]["acc_norm"]!, 0, 1);
        Assert.True((double)results[1]["perplexity"]! > 1);
        Assert.Null(results[0]["perplexity"]);
        Assert.Null(results[1]["acc_norm"]);
        Assert.Contains("| stories-cloze  |", CliRun.Of(arguments).Succeeded().Output);
    }

    [Fact]
    public void What_is_measured_on_is_named_once_and_nothing_is_passed_over()
    {
        string text = _trained.File("text.txt"), task = Path.Combine(RepositoryRoot.Path, "samples", "tasks", "stories-cloze.jsonl");
        CliRun.Of("eval", "--run", _trained.Run).Failed(2, "Name what to measure on: --data IDS.npy, --text FILE or --task FILE.jsonl");
        CliRun.Of("eval", "--run", _trained.Run, "--text", text, "--task", task).Failed(2, "one of the three");
        CliRun.Of("eval", "--run", _trained.Run, "--text", text, "--max-tokens", "5").Failed(2, "so that --max-tokens would not be used");
        CliRun.Of("eval", "--run", _trained.Run, "--task", task, "--batch", "5").Failed(2, "so that --batch would not be used");
        CliRun.Of(["eval", .. _trained.Files, "--text", text]).Failed(2, "need the model's tokenizer: name it by --tokenizer");
        CliRun.Of("eval", "--run", _trained.Run, "--task", text).Failed(1, "text.txt, line 1, is no question");
        CliRun.Of("eval", "--run", _trained.Run, "--text", text, "--context-length", "99").Failed(
            2, "--context-length is 99, but the model's context_length is 16");
    }

    [Fact]
    public void Text_is_continued_and_a_seed_repeats_it()
    {
        string[] arguments = ["generate", "--run", _trained.Run, "--prompt", "Once", "--max-new-tokens", "8", "--seed", "5", "--top-k",
            "50", "--top-p", "0.9", "--min-p", "0.01", "--repetition-penalty", "1.1"];
        CliRun first = CliRun.Of(arguments).Succeeded();
        Assert.StartsWith("Once", first.Output);
        Assert.Equal(first.Output, CliRun.Of(arguments).Output);
        Assert.NotEqual(first.Output, CliRun.Of([.. arguments, "--seed", "6"]).Output);
        JsonObject json = CliRun.Json(arguments);
        Assert.Equal(first.Output.TrimEnd('\n'), "Once" + ((string)json["text"]!).TrimEnd('\n'));
        Assert.InRange(json["ids"]!.AsArray().Count, 1, 8);
    }

    [Fact]
    public void Ids_are_continued_by_ids_and_both_engines_take_the_same()
    {
        string[] arguments = ["generate", .. _trained.Files, "--prompt-ids", "10,20,30", "--greedy", "--max-new-tokens", "6",
            "--print-ids"];
        string managed = CliRun.Of(arguments).Succeeded().Output;
        Assert.Matches(@"^\d+(,\d+){5}\n$", managed);
        Assert.Equal(managed, CliRun.Of([.. arguments, "--engine", "torch"]).Succeeded().Output);
        Assert.Equal(managed.Trim(), string.Join(',', CliRun.Json(arguments)["ids"]!.AsArray().Select(id => (int)id!)));
        Assert.Equal("max_new_tokens", (string)CliRun.Json(arguments)["finish_reason"]!);
    }

    [Fact]
    public void A_stop_string_ends_the_text_and_is_not_part_of_it()
    {
        string[] arguments = ["generate", "--run", _trained.Run, "--prompt", "Once", "--greedy", "--max-new-tokens", "10"];
        string text = (string)CliRun.Json(arguments)["text"]!;
        string stop = text[2..4];
        JsonObject stopped = CliRun.Json([.. arguments, "--stop", stop]);
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], (string)stopped["text"]!);
        Assert.Equal("stop_string", (string)stopped["finish_reason"]!);
    }

    [Fact]
    public void Ids_are_continued_as_the_text_that_they_stand_for_and_stop_where_it_does()
    {
        int[] prompt = new BpeTokenizer(BpeModel.Load(_trained.File("tk"))).Encode("Once");
        string[] options = ["--greedy", "--max-new-tokens", "10"],
            ids = ["generate", "--run", _trained.Run, "--prompt-ids", string.Join(',', prompt), .. options];
        JsonObject ofText = CliRun.Json(["generate", "--run", _trained.Run, "--prompt", "Once", .. options]), ofIds = CliRun.Json(ids);
        string text = (string)ofText["text"]!, stop = text[2..4];
        Assert.Equal((text, ofText["ids"]!.ToJsonString()), ((string)ofIds["text"]!, ofIds["ids"]!.ToJsonString()));
        JsonObject stopped = CliRun.Json([.. ids, "--stop", stop]);
        Assert.Equal((text[..text.IndexOf(stop, StringComparison.Ordinal)], "stop_string"),
            ((string)stopped["text"]!, (string)stopped["finish_reason"]!));
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)] + "\n", CliRun.Of([.. ids, "--stop", stop]).Succeeded().Output);
    }

    [Fact]
    public void Interactively_each_line_is_answered_until_the_input_ends()
    {
        CliRun run = CliRun.With("Once\n\nThere\n", default, "generate", "--run", _trained.Run, "--interactive", "--max-new-tokens", "3",
            "--seed", "1").Succeeded();
        Assert.Contains("Once", run.Output);
        Assert.Contains("\nThere", run.Output);
    }

    [Theory]
    [InlineData(2, "Give one of --prompt TEXT", "generate", "--run", "run")]
    [InlineData(2, "Give one of --prompt TEXT", "generate", "--run", "run", "--prompt", "a", "--prompt-ids", "1")]
    [InlineData(2, "Name a model", "generate", "--prompt-ids", "1")]
    [InlineData(2, "not by both", "generate", "--run", "run", "--weights", "x", "--prompt-ids", "1")]
    [InlineData(2, "--prompt-ids holds 'one'", "generate", "--run", "run", "--prompt-ids", "one")]
    [InlineData(1, "There is no folder nowhere", "generate", "--run", "nowhere", "--prompt-ids", "1")]
    [InlineData(1, "temperature is -1", "generate", "--run", "run", "--prompt-ids", "1", "--temperature", "-1")]
    [InlineData(2, "--greedy always takes the likeliest token, so that --temperature would not be used: leave it out.", "generate",
        "--run", "run", "--prompt-ids", "1", "--greedy", "--temperature", "0.7")]
    [InlineData(2, "so that --top-k and --top-p and --min-p and --seed would not be used: leave them out.", "generate", "--run", "run",
        "--prompt-ids", "1", "--greedy", "--seed", "0", "--top-p", "1", "--top-k", "0", "--min-p", "0")]
    [InlineData(2, "--temperature 0 always takes the likeliest token, so that --top-k would not be used", "generate", "--run", "run",
        "--prompt-ids", "1", "--temperature", "0", "--top-k", "5")]
    [InlineData(2, "--engine managed computes on the CPU, so that --device would not be used", "generate", "--run", "run", "--prompt-ids",
        "1", "--device", "cuda")]
    [InlineData(2, "--temperature is '0,5', but must be a number", "generate", "--run", "run", "--prompt-ids", "1", "--temperature", "0,5")]
    [InlineData(2, "Only a run has checkpoints to choose from, so that --best would not be used", "generate", "--config",
        "run", "--weights", "run", "--prompt-ids", "1", "--best")]
    [InlineData(2, "--stop needs the tokenizer", "generate", "--config", "run", "--weights", "run", "--prompt-ids", "1", "--stop", "a")]
    [InlineData(1, "300", "generate", "--run", "run", "--prompt-ids", "300")]
    [InlineData(1, "There is no folder nowhere", "eval", "--run", "nowhere", "--data", "ids.npy")]
    [InlineData(1, "nowhere.npy", "eval", "--run", "run", "--data", "nowhere.npy")]
    [InlineData(2, "--context-length is 99", "eval", "--run", "run", "--data", "ids.npy", "--context-length", "99")]
    public void Bad_input_is_one_message(int code, string message, params string[] arguments) =>
        CliRun.Of([.. arguments.Select(argument => argument is "run" or "ids.npy" ? _trained.File(argument) : argument)])
            .Failed(code, message);

    /// <summary>A model that has learnt a little.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly SmallRun _small = new();

        public Trained() => CliRun.Of(["train", .. _small.Config, "--output", Run, "--set", "training.max_steps=40"]).Succeeded();

        public string Run => File("run");
        public string[] Config => _small.Config;
        public string[] Files =>
            ["--config", Path.Combine(Run, "config.json"), "--weights",
            Path.Combine(Run, "checkpoints", "step-00000040", "model.safetensors")];

        public string File(string name) => _small.File(name);

        public void Dispose() => _small.Dispose();
    }
}
