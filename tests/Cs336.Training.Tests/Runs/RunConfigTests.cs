using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using TorchSharp.Modules;

namespace Cs336.Training.Tests;

public sealed class RunConfigTests
{
    private const string Small = """
        {
          // the least that a run needs
          "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88 },
          "data": { "training": "walk.npy" },
        }
        """;

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        RunConfig config = RunConfig.Parse(Small);
        Assert.Equal((40, 10_000.0, 1e-5), (config.Model.VocabSize, config.Model.RopeTheta, config.Model.Epsilon));
        Assert.Equal(new OptimizerConfig(), config.Optimizer);
        Assert.Equal(new TrainerOptions(), config.Training);
        Assert.Equal("walk.npy", Assert.Single(config.Data.Training).Path);
        Assert.Equal((0.05, null), (config.Data.ValidationFraction, config.Data.Tokenizer));
        Assert.Empty(config.FindProblems());
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public void A_byte_order_mark_is_no_part_of_a_configuration(string encoding)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("run.json"), Small, encoding == "utf-8" ? new UTF8Encoding(true) : Encoding.Unicode);

        Assert.Equal(RunConfig.Parse(Small).ToJson(), RunConfig.Load(folder.File("run.json")).ToJson());
        Assert.Equal(RunConfig.Parse(Small).ToJson(), RunConfig.Parse("\uFEFF" + Small).ToJson());
    }

    [Fact]
    public void A_program_reads_and_writes_it_as_JSON_of_its_own()
    {
        RunConfig config = RunConfig.Parse(Small).With("model.ffn", "silu").With("training.loss.chunk_tokens", "5");
        string json = JsonSerializer.Serialize(config, RunConfig.JsonOptions);
        Assert.Equal(config.ToJson(), json);
        RunConfig read = JsonSerializer.Deserialize<RunConfig>(json, RunConfig.JsonOptions)!;
        Assert.Equal((FeedForwardKind.Silu, 5), (read.Model.FeedForward, read.Training.Loss.ChunkTokens));
        Assert.Equal(json, read.ToJson());
        string number = json.Replace("\"silu\"", "1", StringComparison.Ordinal); // an enumeration is a name, never a number
        Assert.Contains("$.model.ffn", Assert.Throws<JsonException>(
            () => JsonSerializer.Deserialize<RunConfig>(number, RunConfig.JsonOptions)).Message);
        Assert.Contains("model.ffn is 1", Assert.Throws<InvalidDataException>(() => RunConfig.Parse(number)).Message);
    }

    [Fact]
    public void Half_a_character_is_refused_wherever_it_comes_from()
    {
        string inKey = Small.Replace("\"training\"", "\"trai\\ud800ning\""), inValue = Small.Replace("walk.npy", "walk\\udc00.npy");
        const string Place = @"the configuration holds half a character (a lone surrogate such as \ud800) in a string at line 4, byte ";
        foreach (string json in (string[])[inKey, inValue])
            Assert.StartsWith(Place, Assert.Throws<InvalidDataException>(() => RunConfig.Parse(json)).Message);
        foreach (JsonNode path in (JsonNode[])[JsonNode.Parse(@"""a\ud800""")!, JsonValue.Create("a\ud800")!])
        {
            JsonObject patch = new() { ["data"] = new JsonObject { ["training"] = path } };
            Assert.StartsWith(@"the override holds half a character (a lone surrogate such as \ud800) in $.data.training",
                Assert.Throws<InvalidDataException>(() => RunConfig.Parse(Small).Merge(patch)).Message);
        }
        Assert.Throws<InvalidDataException>(() => RunConfig.Parse(Small).With("data.validation", "a\ud800"));
        Assert.StartsWith("There is no key of 20 parts", Assert.Throws<InvalidDataException>(() =>
            RunConfig.Parse(Small).With(string.Join('.', Enumerable.Repeat("a", 20)), "1")).Message);
    }

    [Fact]
    public void Every_key_is_read_and_written_back()
    {
        const string Json = """
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88, "norm": "post", "init_seed": 3 },
              "optimizer": { "name": "sgd", "schedule": "constant", "max_lr": 0.01, "min_lr": 0, "warmup_steps": 3, "cosine_steps": 9, "beta1": 0.8, "beta2": 0.9, "eps": 1e-7, "weight_decay": 0, "weight_decay_targets": "matrices_but_embeddings", "momentum": 0.9, "matrix_lr_factor": 0.5, "decay_start": 7, "momentum_warmup_steps": 5, "momentum_start": 0.7, "nor_muon": true, "nor_muon_beta2": 0.8 },
              "training": { "max_steps": 9, "max_tokens": 1000, "max_minutes": 1.5, "schedule_by_time": true, "batch_size": 2, "batch_size_start": 1, "batch_size_ramp_steps": 4, "ema_decay": 0.9, "evaluated_weights": "trained", "accumulation_steps": 3, "window_length": 8, "sampling": "epochs", "read_ahead": 0,
                "precision": "bfloat16", "loss": { "z_loss_weight": 1e-4, "chunk_tokens": 5 }, "max_gradient_norm": "Infinity", "patience": 4, "on_divergence": "roll_back", "max_loss_spike": 2, "keep_best": false, "seed": 7 },
              "data": { "training": ["a.npy", { "path": "b.npy", "weight": 2 }], "validation": "v.npy", "tokenizer": "tok" },
              "samples": { "every": 5, "prompts": ["Once"], "max_new_tokens": 9, "temperature": 0, "top_p": 0.5, "seed": 1 }
            }
            """;
        RunConfig config = RunConfig.Parse(Json);
        Assert.Equal((OptimizerKind.Sgd, ScheduleKind.Constant, 0.01),
            (config.Optimizer.Name, config.Optimizer.Schedule, config.Optimizer.MaxLearningRate));
        Assert.Equal((WindowSampling.Epochs, DivergenceAction.RollBack, double.PositiveInfinity, 5, Precision.BFloat16),
            (config.Training.Sampling, config.Training.OnDivergence, config.Training.MaxGradientNorm, config.Training.Loss.ChunkTokens,
                config.Training.Precision));
        Assert.Equal([("a.npy", null), ("b.npy", 2.0)], config.Data.Training.Select(file => (file.Path, file.Weight)));
        Assert.True(JsonNode.DeepEquals(Known(JsonNode.Parse(Json)!), Known(JsonNode.Parse(RunConfig.Parse(config.ToJson()).ToJson())!)));

        // The written form has the defaults too: only what the text gives is compared.
        JsonNode Known(JsonNode node)
        {
            JsonObject given = (JsonObject)JsonNode.Parse(Json)!, known = [];
            foreach ((string section, JsonNode? keys) in given)
                known[section] = new JsonObject(((JsonObject)keys!)
                    .Select(item => KeyValuePair.Create(item.Key, node[section]?[item.Key]?.DeepClone())));
            return known;
        }
    }

    [Fact]
    public void All_that_is_wrong_with_keys_and_types_is_told_at_once()
    {
        string message = Assert.Throws<InvalidDataException>(() => RunConfig.Parse("""
            {
              "model": { "vocab_size": "many", "context_length": 16, "d_modle": 32, "num_layers": 1.5, "num_heads": 4, "d_ff": null },
              "optimiser": {},
              "optimizer": { "name": "adam", "max_lr": true },
              "training": { "batchsize": 3, "sampling": 1, "loss": { "zloss": 1 }, "keep_best": null },
              "data": { "training": [{ "file": "a.npy" }], "validation": 3 },
              "samples": [1]
            }
            """)).Message;
        foreach (string expected in (string[])
        [
            "model.vocab_size is \"many\", but must be a whole number.",
            "There is no key model.d_modle: is model.d_model meant?",
            "model.d_model is missing.",
            "model.num_layers is 1.5, but must be a whole number from -2147483648 to 2147483647.",
            "model.d_ff is null, but must be a whole number.",
            "There is no key optimiser: is optimizer meant?",
            "optimizer.name is \"adam\", but must be one of \"adamw\", \"muon\", \"sgd\".",
            "optimizer.max_lr is true, but must be a number.",
            "There is no key training.batchsize: is training.batch_size meant?",
            "training.sampling is 1, but must be one of \"random\", \"epochs\".",
            "There is no key training.loss.zloss: is training.loss.z_loss_weight meant?",
            "training.keep_best is null, but must be true or false.",
            "data.training is [{\"file\":\"a.npy\"}], but expected a path, or an object of path and weight, but there is a key file.",
            "data.validation is 3, but must be a text.",
            "samples is [1], but must be an object in braces.",
        ])
            Assert.Contains(expected, message);
        Assert.Contains("is not JSON", Assert.Throws<InvalidDataException>(() => RunConfig.Parse("{")).Message);
        Assert.Contains("is not JSON", Assert.Throws<InvalidDataException>(() => RunConfig.Parse("""{ "model": {}, "model": {} }"""))
            .Message);
        Assert.Contains("is no JSON object", Assert.Throws<InvalidDataException>(() => RunConfig.Parse("[]")).Message);
    }

    [Theory]
    [InlineData("adamw", "cosine", typeof(AdamW), typeof(WarmupCosineSchedule))]
    [InlineData("muon", "wsd", typeof(Muon), typeof(WarmupStableDecaySchedule))]
    [InlineData("sgd", "constant", typeof(Sgd), typeof(ConstantSchedule))]
    public void Optimizer_and_schedule_are_made_as_named(string name, string schedule, Type optimizerType, Type scheduleType)
    {
        RunConfig config = RunConfig.Parse(Small).With("optimizer.name", name).With("optimizer.schedule", schedule);
        using TransformerLM model = new(config.Model);
        using IOptimizer optimizer = config.Optimizer.CreateOptimizer(NamedParameter.Of(model));
        ILrSchedule made = config.Optimizer.CreateSchedule(100);
        Assert.Equal((optimizerType, scheduleType), (optimizer.GetType(), made.GetType()));
        Assert.Equal(3e-3, made.GetLearningRate(5), 1e-12); // after the warm-up of a twentieth
        Assert.Equal(schedule == "constant" ? 3e-3 : 3e-4, made.GetLearningRate(100), 1e-12);
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.Sgd)]
    public void The_weight_decay_reaches_every_optimizer(OptimizerKind name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Parameter gain = new(torch.ones(1)), spared = new(torch.ones(1));
        foreach ((Parameter parameter, WeightDecayTargets targets) in new[] { (gain, WeightDecayTargets.All),
            (spared, WeightDecayTargets.Matrices) })
        {
            using IOptimizer optimizer = new OptimizerConfig { Name = name, WeightDecay = 0.5,
                WeightDecayTargets = targets }.CreateOptimizer([new NamedParameter("ln_final.weight", parameter)]);
            (parameter * 0).sum().backward();
            optimizer.Step(0.1);
        }
        Assert.Equal((0.95f, 1f), (gain.item<float>(), spared.item<float>()));
    }

    [Fact]
    public void The_configuration_in_the_documentation_is_sound()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "training.md"));
        string json = page.Split("```json")[1].Split("```")[0];
        Assert.Empty(RunConfig.Parse(json).FindProblems());
    }

    [Fact]
    public void A_value_can_be_replaced_and_a_whole_patch_laid_over()
    {
        RunConfig config = RunConfig.Parse(Small);
        Assert.Equal(2e-3, config.With("optimizer.max_lr", "2e-3").Optimizer.MaxLearningRate);
        Assert.Equal("other.npy", config.With("data.validation", "other.npy").Data.Validation);
        Assert.Equal(2, config.With("data.training", """["a.npy", "b.npy"]""").Data.Training.Count);
        RunConfig patched = config.Merge("""{ "model": { "d_model": 64, "norm": "none" }, "training": { "max_steps": 5 } }""");
        Assert.Equal((64, 16, 5L), (patched.Model.DModel, patched.Model.ContextLength, patched.Training.MaxSteps));
        Assert.Equal(1_000, patched.Merge("""{ "training": { "max_steps": null } }""").Training.MaxSteps);
        Assert.Contains("There is no key optimizer.lr: is optimizer.",
            Assert.Throws<InvalidDataException>(() => config.With("optimizer.lr", "1")).Message);
        Assert.Contains("model.d_model is \"big\", but must be a whole number",
            Assert.Throws<InvalidDataException>(() => config.With("model.d_model", "big")).Message);
        Assert.Contains("There is no key lr", Assert.Throws<InvalidDataException>(() => config.With("lr", "1")).Message);
    }

    [Fact]
    public void What_is_not_sound_is_told_by_all_sections_at_once()
    {
        RunConfig config = RunConfig.Parse(Small).Merge("""
            { "model": { "num_heads": 3 }, "optimizer": { "min_lr": 1, "beta1": 2 }, "training": { "max_steps": 0, "batch_size": -1 },
              "data": { "validation_fraction": 1, "training": [{ "path": "a.npy", "weight": 0 }, "b.npy"] }, "samples": { "every": 0 } }
            """);
        string problems = string.Join("\n", config.FindProblems());
        foreach (string expected in (string[])["num_heads 3", "minimum learning rate is 1", "beta1 is 2", "max_steps is 0",
            "batch_size is -1", "validation_fraction is 1",
            "The weight of a.npy is 0", "b.npy has no weight", "samples.every is 0", "samples.prompts has no beginnings",
            "data.tokenizer is not"])
            Assert.Contains(expected, problems);
    }
}
