using Cs336.Hosting.Tests.HostedTraining;
using Cs336.Training;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting.Tests.Configuration;

public sealed class ReloadTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task What_changes_in_the_configuration_reaches_a_training_that_is_under_way()
    {
        (IHost host, IConfigurationRoot configuration) = Build();
        using IHost owned = host;
        await host.StartAsync();
        await host.Training().WaitForAsync(status => status.Step >= 1);
        configuration["Run:Training:EvaluateEvery"] = "1";
        configuration.Reload();
        await host.Training().WaitForAsync(status => status.Metrics?.ValidationLoss is not null); // it was to validate at the end only
        Assert.Equal(1, host.Services.GetRequiredService<IOptionsMonitor<RunConfig>>().CurrentValue.Training.EvaluateEvery);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_change_that_is_not_sound_leaves_everything_as_it_was()
    {
        (IHost host, IConfigurationRoot configuration) = Build();
        using IHost owned = host;
        await host.StartAsync();
        await host.Training().WaitForAsync(status => status.Step >= 1);
        IOptionsMonitor<RunConfig> monitor = host.Services.GetRequiredService<IOptionsMonitor<RunConfig>>();
        int told = 0;
        using IDisposable? subscription = monitor.OnChange(_ => told++);
        configuration["Run:Training:EvaluateEvery"] = "never";
        configuration.Reload();
        Assert.Equal((0, 1_000_000), (told, monitor.CurrentValue.Training.EvaluateEvery));
        long step = host.Training().Status.Step;
        await host.Training().WaitForAsync(status => status.Step > step);

        configuration["Run:Training:EvaluateEvery"] = "500000"; // mended
        configuration.Reload();
        Assert.Equal((1, 500_000), (told, monitor.CurrentValue.Training.EvaluateEvery));
        await host.StopAsync();
    }

    private (IHost, IConfigurationRoot) Build()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Run:Directory"] = files.NewRun(),
            ["Run:Model:ContextLength"] = "16",
            ["Run:Model:DModel"] = "16",
            ["Run:Model:NumLayers"] = "1",
            ["Run:Model:NumHeads"] = "2",
            ["Run:Data:Training"] = files.Tokens,
            ["Run:Training:MaxSteps"] = "1000000",
            ["Run:Training:BatchSize"] = "2",
            ["Run:Training:EvaluateEvery"] = "1000000",
            ["Run:Training:EvaluationTokens"] = "64",
        }).Build();
        builder.Services.AddCs336().AddTokenizer(options => options.Directory = files.Tokenizer).AddTrainer(
            configuration.GetSection("Run")).AddHostedTraining();
        return (builder.Build(), configuration);
    }
}
