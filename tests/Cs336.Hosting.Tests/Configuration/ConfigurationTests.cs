using Cs336.Inference;
using Cs336.Serving;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting.Tests.Configuration;

public sealed class ConfigurationTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    /// <summary>A folder with a model, in the section of the shape, which that model tells.</summary>
    [Theory]
    [InlineData("Model:From")]
    [InlineData("model:from")]
    public void A_run_begins_with_the_model_that_a_section_names(string key)
    {
        string folder = files.NewRun();
        using TransformerLM model = new(new TransformerConfig
        {
            VocabSize = 320, ContextLength = 16, DModel = 24, NumLayers = 1, NumHeads = 2, DFf = 40, InitSeed = 9,
        });
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), model.Config.ToJson());
        TransformerWeights.Save(model, Path.Combine(folder, "model.safetensors"));
        using IHost host = Build(Section(key, folder));

        TransformerLM begun = host.Services.GetRequiredService<TransformerLM>();

        RunConfig run = host.Services.GetRequiredService<RunParts>().Config;
        Assert.Equal((folder, 24, 40, 8), (run.From, run.Model.DModel, run.Model.DFf, run.Model.ContextLength));
        Assert.Equal(
            model.parameters().SelectMany(parameter => parameter.data<float>().ToArray()),
            begun.parameters().SelectMany(parameter => parameter.data<float>().ToArray()));

        Dictionary<string, string?> other = Section(key, folder);
        other["Trainer:Model:NumLayers"] = "2";
        using IHost refused = Build(other);
        Assert.Contains($"Trainer:Model:num_layers stands beside Trainer:Model:{key[6..]}, whose model tells the shape",
            Assert.Throws<OptionsValidationException>(() => refused.Services.GetRequiredService<IOptions<RunConfig>>().Value).Message);

        Dictionary<string, string?> Section(string from, string path) => new()
        {
            ["Tokenizer:Directory"] = files.Tokenizer,
            ["Trainer:Directory"] = files.NewRun(),
            [$"Trainer:{from}"] = path,
            ["Trainer:Model:ContextLength"] = "8",
            ["Trainer:Data:Training:0:Path"] = files.Tokens,
            ["Trainer:Training:MaxSteps"] = "1",
            ["Trainer:Training:BatchSize"] = "2",
        };
    }

    [Fact]
    public async Task Everything_can_be_set_from_a_configuration_section()
    {
        string run = files.NewRun();
        using IHost host = Build(new()
        {
            ["Tokenizer:Directory"] = files.Tokenizer,
            ["Trainer:Directory"] = run,
            ["Trainer:Model:DModel"] = "16",
            ["Trainer:Model:numheads"] = "2", // as everywhere in .NET's configuration, upper and lower case are alike
            ["Trainer:model:num_layers"] = "1", // and the names of JSON will do
            ["Trainer:Model:ContextLength"] = "16",
            ["Trainer:Model:DFf"] = "32",
            ["Trainer:Model:ffn"] = "Silu",
            ["Trainer:Data:Training:0:Path"] = files.Tokens,
            ["Trainer:Data:Training:0:Weight"] = "2",
            ["Trainer:Data:Training:1:Path"] = files.Tokens,
            ["Trainer:Data:Training:1:Weight"] = "1",
            ["Trainer:Optimizer:Name"] = "AdamW",
            ["Trainer:Optimizer:Schedule"] = "wsd",
            ["Trainer:Optimizer:WarmupSteps"] = "1",
            ["Trainer:Optimizer:Beta2"] = "0.99",
            ["Trainer:Training:MaxSteps"] = "3",
            ["Trainer:Training:BatchSize"] = "2",
            ["Trainer:Training:on_divergence"] = "roll_back",
            ["Trainer:Samples:Every"] = "2",
            ["Trainer:Samples:Prompts:0"] = "The",
            ["Generator:MaxNewTokens"] = "5",
            ["Generator:Seed"] = "18446744073709551615",
            ["Generator:StopTokens:0"] = "a",
            ["Generator:StopTokens:1"] = "b",
            ["Training:RetryDelay"] = "00:00:30",
            ["Training:WhenFaulted"] = "MarkUnhealthy",
        });
        await host.StartAsync();
        await host.Services.GetRequiredService<ITrainingController>().ReadProgressAsync()
            .FirstAsync(status => status.State == TrainingState.Completed);
        RunDirectory folder = new(run);
        Assert.True(Directory.Exists(Path.Combine(folder.Checkpoints, "step-00000003")));
        Assert.Equal(3, JsonLinesMetricSink.Read(folder.Metrics).Count);
        Assert.Contains("===== step 2 =====", File.ReadAllText(folder.Samples));
        Assert.Single(Directory.EnumerateFiles(run, "events.out.tfevents.*"));
        RunConfig kept = folder.ReadConfig();
        Assert.Equal((277, 32, FeedForwardKind.Silu), (kept.Model.VocabSize, kept.Model.DFf, kept.Model.FeedForward));
        Assert.Equal(
            (OptimizerKind.AdamW, ScheduleKind.WarmupStableDecay, 0.99),
            (kept.Optimizer.Name, kept.Optimizer.Schedule, kept.Optimizer.Beta2));
        Assert.Equal((DivergenceAction.RollBack, files.Tokenizer), (kept.Training.OnDivergence, kept.Data.Tokenizer));
        Assert.Equal([(files.Tokens, 2.0), (files.Tokens, 1.0)], kept.Data.Training.Select(file => (file.Path, file.Weight!.Value)));
        GenerationOptions generation = host.Services.GetRequiredService<TextGenerator>().Defaults;
        Assert.Equal((5, ulong.MaxValue), (generation.MaxNewTokens, generation.Seed));
        Assert.Equal(["a", "b"], generation.StopTokens);
        Assert.Equal(
            (TimeSpan.FromSeconds(30), FaultPolicy.MarkUnhealthy),
            (Get<HostedTrainingOptions>(host).RetryDelay, Get<HostedTrainingOptions>(host).WhenFaulted));
        await host.StopAsync();
    }

    [Fact]
    public void A_key_that_is_set_under_both_of_its_names_is_refused_and_names_both()
    {
        RunConfig config = new();
        IConfigurationRoot json = new ConfigurationBuilder().AddInMemoryCollection(
            [new("Run:training:max_steps", "5000"), new("Run:Training:batch_size", "8")])
            .AddInMemoryCollection([new("Run:Training:MaxSteps", "50")]).Build(); // such as a file, and the environment over it
        Assert.Equal("Run:training:MaxSteps and Run:training:max_steps name the same option: spell the key alike wherever it is set.",
            Assert.Single(Sections.OfRun.Read(json.GetSection("Run"), config)), ignoreCase: true);
        Assert.Equal(8, config.Training.BatchSize);
    }

    [Fact]
    public void The_options_of_a_recipe_have_the_names_of_members_and_of_JSON()
    {
        RunConfig config = new();
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Run:Optimizer:NorMuon", "true"), new("Run:Optimizer:nor_muon_beta2", "0.9"),
            new("Run:Optimizer:MomentumWarmupSteps", "30"),
            new("Run:Optimizer:momentum_start", "0.8"), new("Run:Training:EmaDecay", "0.99"),
            new("Run:Training:evaluated_weights", "trained"),
            new("Run:Training:BatchSizeStart", "2"), new("Run:Training:batch_size_ramp_steps", "9"), new("Run:Training:MaxMinutes", "5"),
            new("Run:Training:ScheduleByTime", "true"),
        ]).Build();
        Assert.Empty(Sections.OfRun.Read(root.GetSection("Run"), config));
        Assert.Equal(
            (true, 0.9, 30L, 0.8),
            (config.Optimizer.NorMuon, config.Optimizer.NorMuonBeta2, config.Optimizer.MomentumWarmupSteps,
            config.Optimizer.MomentumStart));
        Assert.Equal(
            (0.99, EvaluatedWeights.Trained, 2, 9L, true),
            (config.Training.EmaDecay, config.Training.EvaluatedWeights, config.Training.BatchSizeStart,
            config.Training.BatchSizeRampSteps, config.Training.ScheduleByTime));
    }

    [Fact]
    public void An_empty_section_leaves_its_options_as_they_are()
    {
        RunConfig config = new();
        IConfigurationRoot json = new ConfigurationBuilder().AddJsonStream(new MemoryStream("""{ "Run": { "Training": {}, "samples": {}, "Optimizer": { "MaxLearningRate": 0.5 }, "Data": { "Training": "a.npy" } } }"""u8.ToArray())).Build();
        Assert.Empty(Sections.OfRun.Read(json.GetSection("Run"), config));
        Assert.Equal(
            (new TrainerOptions(), 0.5, "a.npy"), (config.Training, config.Optimizer.MaxLearningRate, config.Data.Training[0].Path));
    }

    [Fact]
    public async Task All_problems_of_all_sections_come_in_one_message_when_the_host_starts()
    {
        using IHost host = Build(new()
        {
            ["Tokenizer:Directroy"] = files.Tokenizer,
            ["Tokenizer:Encoding"] = "gpt3",
            ["Transformer:Compute:Path"] = "Quick",
            ["Trainer:Model:DModel"] = "wide",
            ["Trainer:Model:NumHeads"] = "3",
            ["Trainer:Model:FeedForward"] = "Gelu",
            ["Trainer:Data:Training"] = files.Tokens,
            ["Trainer:Data:ValidationFraction"] = "1",
            ["Trainer:Optimizer:WarmupSteps"] = "10",
            ["Trainer:Optimizer:beta_3"] = "0.9",
            ["Trainer:Training:MaxSteps"] = "10",
            ["Trainer:Training:BatchSzie"] = "2",
            ["Trainer:Training:Seed"] = "-1",
            ["Generator:Temprature"] = "0.5",
            ["Generator:TopP"] = "NaN",
            ["Generator:Seed"] = "",
            ["Training:Prepare"] = "x",
            ["Training:Retries"] = "-1",
            ["Training:StartWithHost"] = "maybe",
        });
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        foreach (string expected in (string[])
        [
            "There is no key Tokenizer:Directroy: is Tokenizer:Directory meant?",
            "TokenizerOptions.Directory is empty: give the folder of a trained vocabulary.",
            "TokenizerOptions.Encoding is 'gpt3', but must be one of gpt2, r50k_base, ",
            "Transformer:Compute:Path is \"Quick\", but must be one of \"fast\", \"explicit\".",
            "Trainer:Model:DModel is \"wide\", but must be a whole number.",
            "d_model is 256, which num_heads 3 does not divide",
            "Trainer:Model:FeedForward is \"Gelu\", but must be one of \"swiglu\", \"silu\", \"relu2\".",
            "The run has no directory",
            "warmup_steps is 10, but the run has 10 steps",
            "There is no key Trainer:Optimizer:beta_3: is Trainer:Optimizer:Beta1 meant?",
            "There is no key Trainer:Training:BatchSzie: is Trainer:Training:BatchSize meant?",
            "Trainer:Training:Seed is \"-1\", but must be a whole number of at least 0.",
            "validation_fraction is 1",
            "There is no key Generator:Temprature: is Generator:Temperature meant?",
            "top_p is NaN",
            "There is no key Training:Prepare",
            "HostedTrainingOptions.Retries is -1",
            "Training:StartWithHost is \"maybe\", but must be true or false.",
        ])
            Assert.True(exception.Message.Contains(expected, StringComparison.Ordinal), $"{expected}\nis not in\n{exception.Message}");
    }

    [Theory]
    [InlineData(30, 4, "d_model is 30, which num_heads 4 does not divide")]
    [InlineData(12, 4, "d_model / num_heads is 3, but rotary embeddings turn pairs and need an even head size")]
    public async Task The_shape_must_fit_together(int dModel, int numHeads, string expected)
    {
        using IHost host = Build(
            new() { ["Trainer:Directory"] = files.NewRun(), ["Trainer:Model:DModel"] = $"{dModel}",
            ["Trainer:Model:NumHeads"] = $"{numHeads}" }, all: false);
        Assert.Contains(expected, (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task The_vocabularies_of_tokenizer_and_model_must_be_equal()
    {
        using IHost host = Build(
            new() { ["Trainer:Directory"] = files.NewRun(), ["Trainer:Data:Training"] = files.Tokens, ["Trainer:Model:VocabSize"] = "1000",
            ["Tokenizer:Directory"] = files.Tokenizer }, all: false);
        Assert.Contains("The tokenizer has 277 tokens, but the model's vocab_size is 1000",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task The_vocabulary_of_a_run_is_compared_before_its_model_is_made()
    {
        string run = files.NewRun();
        foreach ((long step,
            string content) in new[] { (
            10L, new TransformerConfig { VocabSize = 1000, ContextLength = 16, DModel = 16, NumLayers = 1, NumHeads = 2, DFf = 32 }
            .ToJson()), (20L, "torn") })
        {
            string folder = new FileCheckpointStore(Path.Combine(run, "checkpoints")).FolderOf(step);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "config.json"), content);
        }
        using IHost host = Build(
            new() { ["Transformer:RunDirectory"] = run, ["Tokenizer:Directory"] = files.Tokenizer, ["Generator:TopP"] = "2" }, all: false,
            generator: true);
        string message = (await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync())).Message;
        Assert.Contains("The tokenizer has 277 tokens, but the model's vocab_size is 1000", message);
        Assert.Contains("top_p is 2", message);

        using IHost later = Build(
            new() { ["Transformer:RunDirectory"] = files.NewRun(), ["Tokenizer:Directory"] = files.Tokenizer }, all: false);
        await later.StartAsync(); // there is nothing to compare yet
        await later.StopAsync();
    }

    [Fact]
    public async Task A_vocabulary_that_is_yet_to_be_trained_does_not_keep_the_host_from_starting()
    {
        using IHost host = Build(
            new() { ["Trainer:Directory"] = files.NewRun(), ["Trainer:Data:Training"] = "later.npy", ["Trainer:Model:VocabSize"] = "1000",
            ["Tokenizer:Directory"] = Path.Combine(files.NewRun(), "later") }, all: false);
        await host.StartAsync();
        await host.StopAsync();
    }

    private static T Get<T>(IHost host) where T : class => host.Services.GetRequiredService<IOptions<T>>().Value;

    private static IHost Build(Dictionary<string, string?> settings, bool all = true, bool generator = false)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        IConfiguration configuration = builder.Configuration.AddInMemoryCollection(settings).Build();
        Cs336Builder parts = builder.Services.AddCs336();
        if (configuration.GetSection("Tokenizer").Exists()) parts.AddTokenizer(configuration.GetSection("Tokenizer"));
        if (configuration.GetSection("Transformer").Exists()) parts.AddTransformer(configuration.GetSection("Transformer"));
        if (configuration.GetSection("Trainer").Exists()) parts.AddTrainer(configuration.GetSection("Trainer"));
        if (all || generator) parts.AddGenerator(configuration.GetSection("Generator"));
        if (all) parts.AddHostedTraining(configuration.GetSection("Training"));
        return builder.Build();
    }
}
