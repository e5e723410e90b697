using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Cli.Tests;

/// <summary>One model as everything that <c>--model</c> may name.</summary>
public sealed class ModelPathTests(ModelPathTests.Forms forms) : IClassFixture<ModelPathTests.Forms>
{
    public static TheoryData<string> Kinds => ["run", "folder", "hf", "f32.gguf"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_continues_a_text_alike_on_both_engines(string kind)
    {
        string[] options = ["--prompt", "Once", "--greedy", "--max-new-tokens", "8"];
        string expected = CliRun.Of(["generate", "--run", forms.Run, .. options]).Succeeded().Output;
        foreach (string engine in (string[])["managed", "torch"])
            Assert.Equal(
                expected, CliRun.Of(["generate", "--model", forms.Of(kind), .. options, "--engine", engine]).Succeeded().Output);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_is_measured_alike_on_both_engines(string kind)
    {
        string[] options = ["--data", forms.Data, "--max-tokens", "256"];
        JsonObject expected = CliRun.Json(["eval", "--run", forms.Run, .. options]);
        foreach (string engine in (string[])["managed", "torch"])
        {
            JsonObject measured = CliRun.Json(["eval", "--model", forms.Of(kind), .. options, "--engine", engine]);
            Assert.Equal((double)expected["loss"]!, (double)measured["loss"]!, 5);
            Assert.Equal((double)expected["bits_per_byte"]!, (double)measured["bits_per_byte"]!, 5);
            Assert.Equal((int)expected["tokens"]!, (int)measured["tokens"]!);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_is_exported_to_the_same_files(string kind)
    {
        using TemporaryFolder folder = new();
        CliRun.Of("export", "--model", forms.Of(kind), "--format", "gguf", "--type", "f32", "--name", "x", "--output",
            folder.File("a.gguf")).Succeeded();
        Assert.Equal(File.ReadAllBytes(forms.Of("f32.gguf")), File.ReadAllBytes(folder.File("a.gguf")));
        CliRun.Of("export", "--model", forms.Of(kind), "--format", "hf", "--output", folder.File("hf")).Succeeded();
        Assert.Equal(File.ReadAllBytes(Path.Combine(forms.Of("hf"), "model.safetensors")),
            File.ReadAllBytes(folder.File("hf/model.safetensors")));
    }

    [Fact]
    public void A_gguf_file_becomes_a_folder_with_its_tokenizer()
    {
        using TemporaryFolder folder = new();
        CliRun.Of("import", "--from", forms.Of("f32.gguf"), "--output", folder.File("model")).Succeeded();
        Assert.Equal(File.ReadAllBytes(Path.Combine(forms.Of("folder"), "model.safetensors")),
            File.ReadAllBytes(folder.File("model/model.safetensors")));
        Assert.Equal(BpeModel.Load(forms.Of("folder")).Merges, BpeModel.Load(folder.File("model")).Merges);
        CliRun.Of("import", "--from", forms.Of("f32.gguf"), "--output", folder.File("other"), "--num-heads", "2")
            .Failed(2, "The file tells the shape");
        CliRun.Of("import", "--from", folder.File("model"), "--output", folder.File("other"))
            .Failed(2, "is a model of this program already");
        Assert.False(Directory.Exists(folder.File("other")));
    }

    [Theory]
    [InlineData("run", "run")]
    [InlineData("folder", "folder")]
    [InlineData("hf", "hugging_face")]
    [InlineData("f32.gguf", "gguf")]
    public void Each_is_inspected(string kind, string format)
    {
        JsonObject found = CliRun.Json("inspect", forms.Of(kind));
        Assert.Equal(format, (string)found["format"]!);
        Assert.Equal(300, (int)found["config"]!["vocab_size"]!);
        Assert.Equal(300, (int)found["tokenizer"]!["vocab_size"]!);
        Assert.True((bool)found["can_be_run"]!);
        TransformerConfig config = TransformerConfig.Parse(found["config"]!.ToJsonString());
        Assert.Equal((long)ParameterCount.Of(config).Total, (long)found["parameters"]!);
        Assert.Equal((long)found["parameters"]! * sizeof(float), (long)found["weight_bytes"]!);
        Assert.InRange((long)found["cache_bytes"]!, 2L * config.NumLayers * config.DModel * config.ContextLength * 4, int.MaxValue);
        foreach (string other in (string[])["gguf", "hf"]) Assert.Empty(found["export_refusals"]![other]!.AsArray());
        string text = CliRun.Of("inspect", forms.Of(kind)).Succeeded().Output;
        Assert.Contains("1 of width 16, 2 heads of 8", text);
        Assert.Contains("architecture    " + format switch
        {
            "hugging_face" => "LlamaForCausalLM",
            "gguf" => "llama",
            _ => "norm pre, position rope, ffn swiglu",
        }, text);
        Assert.Contains("can be run      yes", text);
    }

    /// <summary>Windows are Mistral's, so that one of the two formats has them.</summary>
    [Fact]
    public void What_each_format_would_refuse_is_told_of_each()
    {
        using TemporaryFolder folder = new();
        TransformerConfig config = TransformerConfig.Load(Path.Combine(forms.Of("folder"), "config.json"));
        JsonNode refused = InspectAs(config with { Window = 4 }, withTokenizer: true);
        Assert.Contains("window is 4", (string)Assert.Single(refused["gguf"]!.AsArray())!, StringComparison.Ordinal);
        Assert.Empty(refused["hf"]!.AsArray());
        Assert.Contains("not as gguf: window is 4", CliRun.Of("inspect", folder.Path).Output);
        refused = InspectAs(config with { Norm = NormPlacement.Post }, withTokenizer: true);
        foreach (string format in (string[])["gguf", "hf"])
            Assert.Contains("norm is post", (string)Assert.Single(refused[format]!.AsArray())!, StringComparison.Ordinal);
        refused = InspectAs(config, withTokenizer: false);
        Assert.Contains("no tokenizer is known", (string)Assert.Single(refused["gguf"]!.AsArray())!, StringComparison.Ordinal);
        Assert.Empty(refused["hf"]!.AsArray());

        JsonNode InspectAs(TransformerConfig shape, bool withTokenizer)
        {
            foreach (string file in Directory.GetFiles(folder.Path)) File.Delete(file);
            folder.Write("config.json", shape.ToJson());
            File.Copy(Path.Combine(forms.Of("folder"), "model.safetensors"), folder.File("model.safetensors"));
            if (withTokenizer) File.Copy(Path.Combine(forms.Of("folder"), "tokenizer.json"), folder.File("tokenizer.json"));
            return CliRun.Json("inspect", folder.Path)["export_refusals"]!;
        }
    }

    /// <summary>The folder of an imported model serves as a run's does.</summary>
    [Theory]
    [InlineData("folder")]
    [InlineData("hf")]
    public void A_models_folder_may_be_named_as_a_run(string kind)
    {
        using TemporaryFolder folder = new();
        string[] text = ["--prompt", "Once", "--greedy", "--max-new-tokens", "8"], data = ["--data", forms.Data, "--max-tokens", "256"];
        foreach (string engine in (string[])["managed", "torch"])
        {
            Assert.Equal(CliRun.Of(["generate", "--run", forms.Run, .. text]).Succeeded().Output,
                CliRun.Of(["generate", "--run", forms.Of(kind), .. text, "--engine", engine]).Succeeded().Output);
            Assert.Equal((double)CliRun.Json(["eval", "--run", forms.Run, .. data])["loss"]!,
                (double)CliRun.Json(["eval", "--run", forms.Of(kind), .. data, "--engine", engine])["loss"]!, 5);
        }
        CliRun.Of("export", "--run", forms.Of(kind), "--format", "gguf", "--type", "f32", "--name", "x", "--output",
            folder.File("a.gguf")).Succeeded();
        Assert.Equal(File.ReadAllBytes(forms.Of("f32.gguf")), File.ReadAllBytes(folder.File("a.gguf")));
        string[][] commands = [["generate", "--prompt-ids", "1"], ["eval", .. data], ["export", "--format", "hf", "--output", "x"]];
        foreach (string[] command in commands)
            CliRun.Of([.. command, "--run", forms.Of(kind), "--best"]).Failed(2, "Only a run has checkpoints to choose from");
    }

    [Fact]
    public void What_cannot_be_run_is_inspected_too()
    {
        using TemporaryFolder folder = new();
        string weights = Path.Combine(forms.Of("folder"), "model.safetensors");
        CliRun alone = CliRun.Of("inspect", weights).Succeeded();
        Assert.Contains("once cs336 import is told", alone.Output);
        Assert.Contains("token_embeddings.weight F32 (300, 16)", alone.Output);
        CliRun theirs = CliRun.Of("inspect", Path.Combine(forms.Of("hf"), "model.safetensors"));
        Assert.Equal(1, theirs.ExitCode);
        Assert.Contains("no model with the course's names", theirs.Output);

        folder.Write("config.json", """{"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "hidden_act": "gelu"}""");
        File.Copy(Path.Combine(forms.Of("hf"), "model.safetensors"), folder.File("model.safetensors"));
        CliRun other = CliRun.Of("inspect", folder.Path);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("architecture    GPT2LMHeadModel", other.Output);
        Assert.Contains("hidden_act is \"gelu\"", other.Output);
        JsonObject json = JsonNode.Parse(CliRun.Of("inspect", folder.Path, "--json").Output)!.AsObject();
        Assert.False((bool)json["can_be_run"]!);
        Assert.Contains("model_type", (string)json["refusal"]!, StringComparison.Ordinal);

        Assert.Contains("no model that is known", CliRun.Of("inspect", folder.Write("a.txt", "text")).Output);
        CliRun.Of("inspect", folder.File("nowhere")).Failed(1, "There is no");
    }

    [Theory]
    [InlineData(2, "Only a run has checkpoints", "generate", "--model", "f32.gguf", "--best", "--prompt-ids", "1")]
    [InlineData(2, "so that --batch would not be used", "eval", "--model", "f32.gguf", "--batch", "2", "--data", "data")]
    [InlineData(1, "holds weights alone", "generate", "--model", "folder/model.safetensors", "--prompt-ids", "1")]
    [InlineData(1, "is no GGUF file", "generate", "--model", "folder/config.json", "--prompt-ids", "1")]
    public void Bad_input_is_one_message(int code, string message, params string[] arguments) =>
        CliRun.Of([.. arguments.Select((argument, i) => argument == "data" ? forms.Data : i > 0 && arguments[i - 1] == "--model"
            ? forms.Of(argument) : argument)]).Failed(code, message);

    /// <summary>A run, and what it was exported to.</summary>
    public sealed class Forms : IDisposable
    {
        private readonly EvalAndGenerateCommandTests.Trained _trained = new();
        private readonly TemporaryFolder _folder = new();

        public Forms()
        {
            CliRun.Of("export", "--run", Run, "--format", "hf", "--output", Of("hf")).Succeeded();
            CliRun.Of("import", "--from", Of("hf"), "--output", Of("folder")).Succeeded();
            CliRun.Of("export", "--run", Run, "--format", "gguf", "--type", "f32", "--name", "x", "--output", Of("f32.gguf")).Succeeded();
        }

        public string Run => _trained.Run;

        public string Data => _trained.File("ids.npy");

        public string Of(string kind) => kind == "run" ? Run : _folder.File(kind);

        public void Dispose()
        {
            _trained.Dispose();
            _folder.Dispose();
        }
    }
}
