using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Testing;
using Stories;

namespace Cs336.Cli.Tests;

public sealed class ExportAndImportCommandTests(EvalAndGenerateCommandTests.Trained trained)
    : IClassFixture<EvalAndGenerateCommandTests.Trained>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_goes_out_and_comes_back_and_continues_a_text_as_before()
    {
        CliRun exported = CliRun.Of("export", "--run", trained.Run, "--format", "hf", "--output", _folder.File("hf")).Succeeded();
        Assert.Contains("as hf, f32, in ", exported.Output);
        Assert.True(File.Exists(_folder.File("hf/tokenizer.json")));
        JsonObject imported = CliRun.Json("import", "--from", _folder.File("hf"), "--output", _folder.File("model"));
        Assert.Equal(300, (int)imported["config"]!["vocab_size"]!);

        string[] options = ["--prompt", "Once", "--greedy", "--max-new-tokens", "8"];
        string before = CliRun.Of(["generate", "--run", trained.Run, .. options]).Succeeded().Output;
        foreach (string engine in (string[])["managed", "torch"])
            Assert.Equal(before,
                CliRun.Of(["generate", "--model", _folder.File("model"), .. options, "--engine", engine]).Succeeded().Output);
        JsonObject run = CliRun.Json("eval", "--run", trained.Run, "--data", trained.File("ids.npy"), "--max-tokens", "256");
        JsonObject model = CliRun.Json("eval", "--model", _folder.File("model"), "--data", trained.File("ids.npy"), "--max-tokens", "256");
        Assert.Equal((double)run["loss"]!, (double)model["loss"]!, 6);
        Assert.Equal((double)run["bits_per_byte"]!, (double)model["bits_per_byte"]!, 6);

        JsonObject again = CliRun.Json("export", "--model", _folder.File("model"), "--format", "hf", "--type", "bf16", "--output",
            _folder.File("again"));
        Assert.Equal(("hf", _folder.File("again")), ((string)again["format"]!, (string)again["output"]!));
        Assert.Equal("bfloat16", (string)JsonNode.Parse(File.ReadAllText(_folder.File("again/config.json")))!["dtype"]!);
        Assert.Equal(File.ReadAllBytes(_folder.File("hf/tokenizer.json")), File.ReadAllBytes(_folder.File("again/tokenizer.json")));
    }

    [Fact]
    public void An_imported_model_is_trained_on_and_keeps_its_tokenizer()
    {
        string model = _folder.File("model"), run = _folder.File("run"), ids = trained.File("ids.npy");
        CliRun.Of("export", "--run", trained.Run, "--format", "hf", "--output", _folder.File("hf")).Succeeded();
        CliRun.Of("import", "--from", _folder.File("hf"), "--output", model).Succeeded();
        string[] train = ["train", "--init", model, "--data", ids, "--output", run, "--set", "training.max_steps=20",
            "training.batch_size=8", "optimizer.max_lr=1e-2", "optimizer.warmup_steps=0"];
        JsonObject plan = CliRun.Json([.. train, "--dry-run"]);
        Assert.Equal(16, (int)plan["config"]!["model"]!["d_model"]!);
        Assert.False(Directory.Exists(run));
        Assert.Equal("completed", (string)CliRun.Json(train)["outcome"]!);
        Assert.True(File.Exists(_folder.File("run/tokenizer/tokenizer.json")));
        string unseen = _folder.File("unseen.npy");
        StoryCorpus.Write(_folder.File("unseen.txt"), 20_000, seed: 77);
        CliRun.Of("tokenizer", "encode", "--tokenizer", trained.File("tk"), "--input", _folder.File("unseen.txt"), "--output", unseen)
            .Succeeded();
        Assert.True(LossOf("--run", run) < LossOf("--model", model) - 0.05, "The loss on a text that was not learned from did not fall.");
        CliRun.Of("generate", "--run", run, "--prompt", "Once", "--max-new-tokens", "4").Succeeded();

        CliRun wrong = CliRun.Of("train", "--init", _folder.File("hf"), "--data", ids, "--output", _folder.File("other"));
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Contains("is a model of transformers", wrong.Errors);
        Assert.Contains("There is no folder", CliRun.Of("train", "--init", _folder.File("nowhere"), "--data", ids, "--output",
            _folder.File("other"), "--dry-run").Errors);

        double LossOf(string option, string path) =>
            (double)CliRun.Json("eval", option, path, "--data", unseen, "--max-tokens", "2048")["loss"]!;
    }

    [Fact]
    public void Weights_of_the_course_are_told_what_no_tensor_shows()
    {
        string weights = trained.Files[^1];
        CliRun.Of("import", "--from", weights, "--num-heads", "2", "--context-length", "16", "--tokenizer", trained.File("tk"), "--output",
            _folder.File("model")).Succeeded();
        string[] options = ["--prompt", "Once", "--greedy", "--max-new-tokens", "8"];
        Assert.Equal(CliRun.Of(["generate", "--run", trained.Run, .. options]).Succeeded().Output,
            CliRun.Of(["generate", "--model", _folder.File("model"), .. options]).Succeeded().Output);
        CliRun.Of("import", "--from", weights, "--config", trained.File("config.json"), "--output", _folder.File("second")).Succeeded();
        Assert.Equal(
            File.ReadAllBytes(_folder.File("model/model.safetensors")), File.ReadAllBytes(_folder.File("second/model.safetensors")));
        JsonObject third = CliRun.Json("import", "--from", weights, "--num-heads", "4", "--context-length", "32", "--rope-theta", "500",
            "--eps", "1e-6", "--output", _folder.File("third"));
        Assert.Equal(new { Heads = 4, Length = 32, Theta = 500.0, Eps = 1e-6 }, new
        {
            Heads = (int)third["config"]!["num_heads"]!, Length = (int)third["config"]!["context_length"]!,
            Theta = (double)third["config"]!["rope_theta"]!, Eps = (double)third["config"]!["eps"]!,
        });
        CliRun.Of("export", "--model", _folder.File("third"), "--format", "hf", "--output", _folder.File("hf")).Succeeded();
        Assert.False(File.Exists(_folder.File("hf/tokenizer.json")));
    }

    [Fact]
    public void A_tokenizer_that_cannot_be_read_is_left_out_with_a_warning()
    {
        CliRun.Of("export", "--run", trained.Run, "--format", "hf", "--output", _folder.File("hf")).Succeeded();
        File.WriteAllText(_folder.File("hf/tokenizer.json"), """{"model": {"type": "Unigram"}}""");
        CliRun run = CliRun.Of("import", "--from", _folder.File("hf"), "--output", _folder.File("model")).Succeeded();
        Assert.Contains("warning: the model comes without its tokenizer", run.Errors);
        CliRun.Of("generate", "--model", _folder.File("model"), "--prompt-ids", "1,2", "--max-new-tokens", "2").Succeeded();
    }

    [Fact]
    public void What_cannot_be_exported_or_imported_leaves_nothing()
    {
        TransformerConfig post = TransformerConfig.Load(Path.Combine(Path.GetDirectoryName(trained.Files[^1])!, "config.json"))
            with { Norm = NormPlacement.Post };
        Directory.CreateDirectory(_folder.File("post"));
        File.WriteAllText(_folder.File("post/config.json"), post.ToJson());
        File.Copy(trained.Files[^1], _folder.File("post/model.safetensors"));
        CliRun.Of("export", "--model", _folder.File("post"), "--format", "hf", "--output", _folder.File("hf")).Failed(1, "norm is post");
        CliRun.Of("export", "--run", trained.Run, "--format", "hf", "--output", _folder.File("post")).Failed(1, "is not empty");
        CliRun.Of("export", "--run", trained.Run, "--format", "hf", "--output", _folder.File("theirs")).Succeeded();
        CliRun.Of("import", "--from", _folder.File("theirs"), "--output", _folder.File("model"), "--num-heads", "2")
            .Failed(2, "so that --num-heads would not be used");
        File.WriteAllText(_folder.File("theirs/config.json"), """{"model_type": "gpt2"}""");
        foreach (string[] command in (string[][])[["import", "--from"], ["generate", "--prompt-ids", "1", "--model"]])
            CliRun.Of([.. command, _folder.File("theirs"), .. command[0] == "import" ? ["--output", _folder.File("model")] : (string[])[]])
                .Failed(1, "model_type is \"gpt2\"");
        File.WriteAllText(_folder.File("model.pt"), "PK\u0003\u0004 and more");
        CliRun.Of("import", "--from", _folder.File("model.pt"), "--num-heads", "2", "--context-length", "8", "--output",
            _folder.File("model")).Failed(1, "a pickle");
        Assert.False(Directory.Exists(_folder.File("hf")));
        Assert.False(Directory.Exists(_folder.File("model")));
    }

    [Theory]
    [InlineData(2, "Name one model", "export", "--format", "hf", "--output", "x")]
    [InlineData(2, "Name one model", "export", "--run", "r", "--model", "m", "--format", "hf", "--output", "x")]
    [InlineData(2, "'onnx'", "export", "--run", "r", "--format", "onnx", "--output", "x")]
    [InlineData(2, "'int8'", "export", "--run", "r", "--format", "hf", "--type", "int8", "--output", "x")]
    [InlineData(1, "There is no folder nowhere", "export", "--run", "nowhere", "--format", "hf", "--output", "x")]
    [InlineData(1, "There is no folder nowhere", "export", "--model", "nowhere", "--format", "hf", "--output", "x")]
    [InlineData(1, "There is no nowhere", "import", "--from", "nowhere", "--output", "x")]
    [InlineData(1, "There is no folder nowhere", "generate", "--model", "nowhere", "--prompt-ids", "1")]
    [InlineData(2, "not by both", "generate", "--run", ".", "--model", "m", "--prompt-ids", "1")]
    [InlineData(2, "so that --config would not be used", "eval", "--model", "m", "--config", "c", "--data", "ids.npy")]
    public void Bad_input_is_one_message(int code, string message, params string[] arguments) =>
        CliRun.Of([.. arguments.Select(argument => argument == "ids.npy" ? trained.File(argument) : argument)]).Failed(code, message);

    [Fact]
    public void Weights_without_heads_and_length_are_a_usage_error() =>
        CliRun.Of("import", "--from", trained.Files[^1], "--num-heads", "2", "--output", _folder.File("model"))
            .Failed(2, "give --num-heads N and --context-length N, or --config FILE");
}
