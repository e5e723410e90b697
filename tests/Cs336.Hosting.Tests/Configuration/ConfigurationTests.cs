using Cs336.Inference;
using Cs336.Training;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting.Tests.Configuration;

public sealed class ConfigurationTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task Everything_can_be_set_from_a_configuration_section()
    {
        string run = files.NewRun();
        using IHost host = Build(new()
        {
            ["Tokenizer:Directory"] = files.Tokenizer,
            ["Transformer:DModel"] = "16",
            ["Transformer:numheads"] = "2", // as everywhere in .NET's configuration, upper and lower case are alike
            ["Transformer:NumLayers"] = "1",
            ["Transformer:ContextLength"] = "16",
            ["Transformer:DFf"] = "32",
            ["Transformer:FeedForward"] = "Silu",
            ["Trainer:TrainingData"] = files.Tokens,
            ["Trainer:RunDirectory"] = run,
            ["Trainer:WarmupSteps"] = "1",
            ["Trainer:AdamW:Beta2"] = "0.99",
            ["Trainer:Trainer:MaxSteps"] = "3",
            ["Trainer:Trainer:BatchSize"] = "2",
            ["Store:Directory"] = Path.Combine(run, "elsewhere"),
            ["Sink:File"] = Path.Combine(run, "numbers.jsonl"),
            ["Generator:MaxNewTokens"] = "5",
            ["Generator:Seed"] = "18446744073709551615",
            ["Generator:StopTokens:0"] = "a",
            ["Generator:StopTokens:1"] = "b",
            ["Training:RetryDelay"] = "00:00:30",
            ["Training:WhenFaulted"] = "MarkUnhealthy",
        });
        await host.StartAsync();
        await host.Services.GetRequiredService<ITrainingController>().ReadProgressAsync().FirstAsync(status => status.State == TrainingState.Completed);
        Assert.True(Directory.Exists(Path.Combine(run, "elsewhere", "step-00000003")));
        Assert.Equal(3, JsonLinesMetricSink.Read(Path.Combine(run, "numbers.jsonl")).Count);
        GenerationOptions generation = host.Services.GetRequiredService<TextGenerator>().Defaults;
        Assert.Equal((5, ulong.MaxValue), (generation.MaxNewTokens, generation.Seed));
        Assert.Equal(["a", "b"], generation.StopTokens);
        Assert.Equal(0.99, Get<TrainingOptions>(host).AdamW.Beta2);
        Assert.Equal((TimeSpan.FromSeconds(30), FaultPolicy.MarkUnhealthy), (Get<HostedTrainingOptions>(host).RetryDelay, Get<HostedTrainingOptions>(host).WhenFaulted));
        Assert.Equal((32, FeedForwardKind.Silu), (Get<TransformerOptions>(host).DFf, Get<TransformerOptions>(host).FeedForward));
        await host.StopAsync();
    }

    [Fact]
    public async Task All_problems_of_all_sections_come_in_one_message_when_the_host_starts()
    {
        using IHost host = Build(new()
        {
            ["Tokenizer:Directroy"] = files.Tokenizer,
            ["Transformer:DModel"] = "wide",
            ["Transformer:NumHeads"] = "3",
            ["Transformer:FeedForward"] = "Gelu",
            ["Trainer:TrainingData"] = files.Tokens,
            ["Trainer:WarmupSteps"] = "10",
            ["Trainer:AdamW:beta_1"] = "0.9",
            ["Trainer:Trainer:MaxSteps"] = "10",
            ["Trainer:Trainer:BatchSzie"] = "2",
            ["Trainer:Trainer:Seed"] = "-1",
            ["Trainer:ValidationFraction"] = "1",
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
            "Tokenizer:Directroy is not known: TokenizerOptions has no Directroy; the nearest is Directory.",
            "TokenizerOptions.Directory is empty: give the folder of a trained vocabulary.",
            "Transformer:DModel is 'wide', but DModel needs a whole number from -2147483648 to 2147483647.",
            "d_model is 256, which num_heads 3 does not divide",
            "Transformer:FeedForward is 'Gelu', but FeedForward needs one of SwiGlu, Silu.",
            "TrainingOptions.RunDirectory is empty",
            "TrainingOptions.WarmupSteps is 10, all of the run",
            "Trainer:AdamW:beta_1 is not known: AdamWOptions has no beta_1; the nearest is Beta1.",
            "Trainer:Trainer:BatchSzie is not known: TrainerOptions has no BatchSzie; the nearest is BatchSize.",
            "Trainer:Trainer:Seed is '-1', but Seed needs a whole number from 0 to 18446744073709551615.",
            "TrainingOptions.ValidationFraction is 1",
            "Generator:Temprature is not known: GenerationOptions has no Temprature; the nearest is Temperature.",
            "top_p is NaN",
            "Training:Prepare is not known",
            "The field HostedTrainingOptions.Retries must be between 0 and 1000.",
            "Training:StartWithHost is 'maybe', but StartWithHost needs true or false.",
        ])
            Assert.True(exception.Message.Contains(expected, StringComparison.Ordinal), $"{expected}\nis not in\n{exception.Message}");
    }

    [Theory]
    [InlineData(30, 4, "d_model is 30, which num_heads 4 does not divide")]
    [InlineData(12, 4, "d_model / num_heads is 3, but rotary embeddings turn pairs and need an even head size")]
    public async Task The_shape_must_fit_together(int dModel, int numHeads, string expected)
    {
        using IHost host = Build(new() { ["Transformer:DModel"] = $"{dModel}", ["Transformer:NumHeads"] = $"{numHeads}" }, all: false);
        Assert.Contains(expected, (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task The_vocabularies_of_tokenizer_and_model_must_be_equal()
    {
        using IHost host = Build(new() { ["Transformer:VocabSize"] = "1000", ["Tokenizer:Directory"] = files.Tokenizer }, all: false);
        Assert.Contains("The tokenizer has 277 tokens, but the model's vocab_size is 1000",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task The_vocabulary_of_a_run_is_compared_before_its_model_is_made()
    {
        string run = files.NewRun();
        foreach ((long step, string content) in new[] { (10L, new TransformerConfig { VocabSize = 1000, ContextLength = 16, DModel = 16, NumLayers = 1, NumHeads = 2, DFf = 32 }.ToJson()), (20L, "torn") })
        {
            string folder = new FileCheckpointStore(Path.Combine(run, "checkpoints")).FolderOf(step);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "config.json"), content);
        }
        using IHost host = Build(new() { ["Transformer:RunDirectory"] = run, ["Tokenizer:Directory"] = files.Tokenizer, ["Generator:TopP"] = "2" }, all: false, generator: true);
        string message = (await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync())).Message;
        Assert.Contains("The tokenizer has 277 tokens, but the model's vocab_size is 1000", message);
        Assert.Contains("top_p is 2", message);

        using IHost later = Build(new() { ["Transformer:RunDirectory"] = files.NewRun(), ["Tokenizer:Directory"] = files.Tokenizer }, all: false);
        await later.StartAsync(); // there is nothing to compare yet
        await later.StopAsync();
    }

    [Fact]
    public async Task A_vocabulary_that_is_yet_to_be_trained_does_not_keep_the_host_from_starting()
    {
        using IHost host = Build(new() { ["Transformer:VocabSize"] = "1000", ["Tokenizer:Directory"] = Path.Combine(files.NewRun(), "later") }, all: false);
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
        parts.AddTransformer(configuration.GetSection("Transformer"));
        if (all)
            parts.AddTrainer(configuration.GetSection("Trainer"))
                .AddCheckpointStore(configuration.GetSection("Store"))
                .AddMetricSink(configuration.GetSection("Sink"))
                .AddGenerator(configuration.GetSection("Generator"))
                .AddHostedTraining(configuration.GetSection("Training"));
        else if (generator) parts.AddGenerator(configuration.GetSection("Generator"));
        return builder.Build();
    }
}
