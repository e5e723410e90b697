using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Cs336.Hosting.Tests.HostedTraining;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting.Tests.Seams;

public sealed class NamedPartsTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task One_host_trains_and_serves_two_models()
    {
        string first = files.NewRun(), second = files.NewRun();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        files.Add(builder.Services.AddCs336("first"), first, steps: 3).AddHostedTraining().AddGenerator(options => options.Seed = 1);
        files.Add(builder.Services.AddCs336("second"), second, steps: 5).AddHostedTraining().AddGenerator(options => options.Seed = 2);
        using IHost host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredKeyedService<ITrainingController>("first").WaitForAsync(TrainingState.Completed);
        await host.Services.GetRequiredKeyedService<ITrainingController>("second").WaitForAsync(TrainingState.Completed);
        Assert.Equal(3, JsonLinesMetricSink.Read(Path.Combine(first, "metrics.jsonl")).Count);
        Assert.Equal(5, JsonLinesMetricSink.Read(Path.Combine(second, "metrics.jsonl")).Count);
        Assert.NotSame(
            host.Services.GetRequiredKeyedService<TransformerLM>("first"), host.Services.GetRequiredKeyedService<TransformerLM>("second"));
        Assert.Null(host.Services.GetService<TransformerLM>());
        foreach ((string name, ulong seed) in new[] { ("first", 1UL), ("second", 2UL) })
        {
            TextGenerator generator = host.Services.GetRequiredKeyedService<TextGenerator>(name);
            Assert.Equal(seed, generator.Defaults.Seed);
            Assert.NotEqual("", (await generator.GenerateAsync("The")).Text);
        }
        await host.StopAsync();
    }

    [Fact]
    public async Task Measurements_tell_which_training_they_are_of()
    {
        ConcurrentDictionary<(object?, string), double> sums = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, its) =>
        {
            if (instrument.Meter.Name == TrainingMeter.Name) its.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, 1, tags));
        listener.Start();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        files.Add(builder.Services.AddCs336("measured first"), files.NewRun(), steps: 3);
        files.Add(builder.Services.AddCs336("measured second"), files.NewRun(), steps: 5);
        using IHost host = builder.Build();
        foreach (string name in (string[])["measured first", "measured second"])
            await host.Services.GetRequiredKeyedService<Cs336.Training.Trainer>(name).RunAsync();
        Assert.Equal(
            (3 * 32, 5 * 32), (sums[("measured first", "cs336.training.tokens")], sums[("measured second", "cs336.training.tokens")]));
        foreach (string instrument in (string[])["loss", "learning_rate", "gradient_norm", "tokens_per_second", "step.duration"])
            Assert.Equal(
                (3, 5),
                (sums[("measured first", $"cs336.training.{instrument}")], sums[("measured second", $"cs336.training.{instrument}")]));
        Assert.Equal(
            (1, 1),
            (sums[("measured first", "cs336.training.validation_loss")], sums[("measured second", "cs336.training.validation_loss")]));

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags is [{ Key: "cs336.name" } name]) sums.AddOrUpdate((name.Value, instrument.Name), value, (_, sum) => sum + value);
        }
    }

    [Fact]
    public void Models_can_share_the_tokenizer_that_has_no_name()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336().AddTokenizer(options => options.Directory = files.Tokenizer);
        builder.Services.AddCs336("wide").AddTrainer(Describe(64));
        builder.Services.AddCs336("narrow").AddTrainer(Describe(32));
        using IHost host = builder.Build();
        Assert.Equal((277, 64), Shape("wide"));
        Assert.Equal((277, 32), Shape("narrow"));

        Action<RunConfig> Describe(int dModel) => options =>
            (options.Directory, options.Data.Training, options.Model) = (
                files.NewRun(), [files.Tokens], options.Model with { DModel = dModel });

        (int, int) Shape(string name)
        {
            TransformerConfig config = host.Services.GetRequiredKeyedService<TransformerLM>(name).Config;
            return (config.VocabSize, config.DModel);
        }
    }

    [Fact]
    public async Task Problems_of_a_named_part_are_found_when_the_host_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336("story").AddTrainer(options => options.Model = options.Model with { NumHeads = 3 });
        using IHost host = builder.Build();
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal("story", exception.OptionsName);
    }

    [Fact]
    public void A_keyed_part_of_the_app_wins()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        InMemoryCheckpointStore store = new();
        builder.Services.AddKeyedSingleton<ICheckpointStore>("story", store);
        files.Add(builder.Services.AddCs336("story"), files.NewRun());
        using IHost host = builder.Build();
        Assert.Same(store, host.Services.GetRequiredKeyedService<ICheckpointStore>("story"));
    }
}
