using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>Runs that begin with a model in place of fresh weights.</summary>
public sealed class InitialModelTests : IDisposable
{
    private static readonly TransformerConfig Shape = new()
    {
        VocabSize =
            280, ContextLength = 32, DModel = 24, NumLayers = 2, NumHeads = 4, NumKvHeads = 2, HeadDim = 8, DFf = 40, QkvBiases = true,
        QkNorm = true, Window = 9, LayersWithoutWindow = 1, TiedEmbeddings = true,
        RopeScaling = new RopeScaling { Kind = RopeScalingKind.Yarn, Factor = 4, OriginalContextLength = 8 }, InitSeed = 3,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public InitialModelTests()
    {
        _model = _folder.File("model");
        string text =
            _folder.Write("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat and the dog ran to the log. ", 60)));
        BpeModel tokenizer = new BpeTrainer(new BpeTrainerOptions { VocabSize = 270 }).Train(text);
        tokenizer.Save(_model);
        BpeTokenizer.Load(_model).EncodeFile(text, _folder.File("tokens.npy"));
        File.WriteAllText(Path.Combine(_model, "config.json"), Shape.ToJson());
        using TransformerLM model = new(Shape);
        TransformerWeights.Save(model, Path.Combine(_model, "model.safetensors"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_begins_with_the_models_weights_and_its_loss_on_a_text_that_is_not_learnt_from_falls()
    {
        string directory = _folder.File("run");
        double before;
        using (TrainingRun run = TrainingRun.Create(directory, Config("\"context_length\": 16", steps: 40)))
        {
            Assert.Equal(Shape with { ContextLength = 16, InitSeed = 0 }, run.Model.Config);
            AssertWeights(run.Model);
            before = LossOf(run);
            Assert.Equal(TrainingOutcome.Completed, run.Train().Outcome);
            Assert.True(LossOf(run) < before - 0.5, "The loss did not fall.");
        }
        // The tokenizer is the run's own now, and the model is not needed any more.
        Directory.Delete(_model, recursive: true);
        Assert.Equal(Path.Combine(directory, "tokenizer"), new RunDirectory(directory).FindTokenizer());
        Assert.Equal("tokenizer", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "config.json")))!["data"]!["tokenizer"]);
        using (TrainingRun run = TrainingRun.Resume(directory)) Assert.Equal(40, run.Resumed!.Step);
    }

    [Fact]
    public void A_run_that_stops_goes_on_to_the_last_bit()
    {
        string whole = _folder.File("whole"), cut = _folder.File("cut");
        using (TrainingRun run = TrainingRun.Create(whole, Config(steps: 6))) run.Train();
        using (TrainingRun run = TrainingRun.Create(cut, Config(steps: 6)))
        {
            using CancellationTokenSource stop = new();
            run.Train(new StopAt(3, stop), stop.Token);
        }
        using (TrainingRun run = TrainingRun.Resume(cut))
        {
            Assert.Equal(3, run.Resumed!.Step);
            Assert.Empty(run.Resumed.Warnings);
            run.Train();
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "checkpoints/step-00000006/model.safetensors")),
            File.ReadAllBytes(Path.Combine(cut, "checkpoints/step-00000006/model.safetensors")));
    }

    [Fact]
    public void A_run_that_has_no_checkpoint_yet_begins_with_the_model_again()
    {
        string directory = _folder.File("run");
        TrainingRun.Create(directory, Config()).Dispose();
        using TrainingRun run = TrainingRun.Resume(directory);
        AssertWeights(run.Model);
    }

    [Fact]
    public void Another_run_can_be_begun_with()
    {
        using (TrainingRun run = TrainingRun.Create(_folder.File("first"), Config())) run.Train();
        using TrainingRun second = TrainingRun.Create(_folder.File("second"), Config(from: _folder.File("first")));
        using SavedModel first = SavedModel.LoadNewest(new RunDirectory(_folder.File("first")).OpenCheckpoints());
        Assert.Equal(first.Model.HeadWeight.data<float>().ToArray(), second.Model.HeadWeight.data<float>().ToArray());
        Assert.NotNull(second.Tokenizer);
    }

    [Fact]
    public void A_shape_that_is_told_beside_it_must_be_the_models()
    {
        JsonObject shape = JsonNode.Parse(Shape.ToJson())!.AsObject();
        using (TrainingRun run = TrainingRun.Create(_folder.File("run"), With(shape))) AssertWeights(run.Model);
        shape["d_ff"] = 48;
        Assert.Contains("is another than the section model tells", Refused(With(shape)));

        RunConfig With(JsonObject section) => Config(section.ToJsonString().Trim('{', '}'));
    }

    [Fact]
    public void What_is_wrong_with_it_is_told()
    {
        string nowhere = _folder.File("nowhere");
        Assert.Contains($"model.from: There is no folder {nowhere}", Refused(Config(from: nowhere)));
        string file = Path.Combine(_model, "model.safetensors");
        Assert.Contains($"model.from: {file} is a file, but training begins with a folder", Refused(Config(from: file)));
        Directory.CreateDirectory(nowhere);
        Assert.Contains($"model.from: There is no model in {nowhere}", Refused(Config(from: nowhere)));
        File.WriteAllText(Path.Combine(nowhere, "config.json"), """{"model_type": "llama"}""");
        Assert.Contains("cs336 import --from", Refused(Config(from: nowhere)));
        File.WriteAllText(Path.Combine(nowhere, "config.json"), (Shape with { DFf = 48 }).ToJson());
        File.Copy(Path.Combine(_model, "model.safetensors"), Path.Combine(nowhere, "model.safetensors"));
        Assert.Contains("layers.0.ffn.w1.weight has shape (40, 24), expected (48, 24)", Refused(Config(from: nowhere)));
        Assert.Contains("model.from is blank", Refused(Config(from: " ")));
        Assert.Contains("model.norm stands beside model.from",
            Assert.Throws<InvalidDataException>(() => Config("\"norm\": \"post\"")).Message);
        Assert.Contains("model.from is 3, but must be a text", Assert.Throws<InvalidDataException>(() =>
            RunConfig.Parse("""{"model": {"from": 3}, "data": {"training": "a.npy"}}""")).Message);
        Assert.Contains("model.from holds the character 0",
            Assert.Single(new RunConfig { From = "a\0", Data = new DataConfig { Training = ["a.npy"] } }.FindProblems()));
        RunConfig samples = Config();
        samples.Samples = samples.Samples with { Every = 2 };
        Assert.Contains("280 ids and the tokenizer", Refused(samples));
    }

    [Fact]
    public void Descriptions_survive_the_way_through_json()
    {
        RunConfig config = Config("\"context_length\": 16");
        Assert.Equal(_model, config.From);
        string json = config.ToJson();
        Assert.Equal(json, RunConfig.Parse(json).ToJson());
        Assert.Equal($$"""{"from":"{{_model}}","context_length":16,"init_seed":0}""", JsonNode.Parse(json)!["model"]!.ToJsonString());
        Assert.Equal(7, config.With("model.init_seed", "7").Model.InitSeed);
        RunConfig inCode = new() { From = _model, Data = new DataConfig { Training = [_folder.File("tokens.npy")] } };
        Assert.Empty(inCode.FindProblems());
        using TrainingRun run = TrainingRun.Create(_folder.File("run"), inCode);
        Assert.Equal(32, run.Model.ContextLength);
        Assert.Equal(RopeScalingKind.Yarn, RunConfig.Load(_folder.File("run/config.json")).Model.RopeScaling!.Kind);
    }

    [Theory]
    [InlineData("""{"type": "linear"}""", "model.rope_scaling is")]
    [InlineData("""{"type": "linear", "factor": 2, "colour": 1}""", "colour")]
    [InlineData("3", "model.rope_scaling is 3, but must be an object in braces")]
    public void A_scaling_that_is_none_is_named(string value, string message)
    {
        string json = $$$"""
            {"model": {"vocab_size": 9, "context_length": 4, "d_model": 4, "num_layers": 1, "num_heads": 1, "d_ff": 3, "rope_scaling": {{{value}}}},
             "data": {"training": "a.npy"}}
            """;
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => RunConfig.Parse(json)).Message);
    }

    /// <summary>The loss on the part of the text that is kept apart.</summary>
    private static double LossOf(TrainingRun run) =>
        new Evaluator(run.Data.Validation!, batchSize: 4, run.Model.ContextLength, maxTokens: 4096).Evaluate(run.Model).Loss;

    private string Refused(RunConfig config)
    {
        string message = Assert.Throws<InvalidDataException>(() => TrainingRun.Create(_folder.File("refused"), config)).Message;
        Assert.False(Directory.Exists(_folder.File("refused")));
        return message;
    }

    private void AssertWeights(TransformerLM model)
    {
        using TransformerLM expected =
            TransformerWeights.LoadModel(Path.Combine(_model, "config.json"), Path.Combine(_model, "model.safetensors"));
        Dictionary<string, float[]> weights = WeightsOf(expected);
        foreach ((string name, float[] values) in WeightsOf(model)) Assert.Equal(weights[name], values);

        static Dictionary<string, float[]> WeightsOf(TransformerLM of) =>
            of.named_parameters().ToDictionary(item => item.name, item => item.parameter.data<float>().ToArray());
    }

    private RunConfig Config(string section = "", int steps = 3, string? from = null)
    {
        string model = $"\"from\": \"{from ?? _model}\"{(section.Length > 0 ? "," : "")} {section}";
        return RunConfig.Parse($$"""
            {
              "model": { {{model}} },
              "optimizer": { "max_lr": 0.01, "warmup_steps": 0 },
              "training": { "max_steps": {{steps}}, "batch_size": 4, "checkpoint_every": 3 },
              "data": { "training": "{{_folder.File("tokens.npy")}}", "validation_fraction": 0.2 }
            }
            """);
    }

    /// <summary>Cancels at a step.</summary>
    private sealed class StopAt(long step, CancellationTokenSource source) : IProgress<TrainingMetrics>
    {
        public void Report(TrainingMetrics value)
        {
            if (value.Step == step) source.Cancel();
        }
    }
}
