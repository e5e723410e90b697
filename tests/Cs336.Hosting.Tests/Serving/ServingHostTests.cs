using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting.Tests;

public sealed class ServingHostTests
{
    [Fact]
    public async Task A_host_with_two_models_serves_both()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ITokenizer>(new ByteTokenizer());
        builder.Services.AddSingleton<ILanguageModel>(new HistoryModel(257, 64)).AddKeyedSingleton<ILanguageModel>("small", new HistoryModel(257, 8));
        builder.Services.AddCs336().AddGenerator(options => (options.MaxNewTokens, options.Seed) = (5, 1)).AddGenerationService();
        builder.Services.AddCs336("small").AddGenerator(options => (options.MaxNewTokens, options.Seed) = (3, 1)).AddGenerationService(options => options.QueueCapacity = 2);
        using IHost host = builder.Build();
        await host.StartAsync();
        GenerationService plain = host.Services.GetRequiredService<GenerationService>(), small = host.Services.GetRequiredKeyedService<GenerationService>("small");
        GenerationRequest request = new("a") { Options = null };
        Assert.Equal((5, 64), ((await plain.GenerateAsync(request)).NewTokens, plain.Status.QueueCapacity));
        Assert.Equal((3, 2), ((await small.GenerateAsync(request)).NewTokens, small.Status.QueueCapacity));
        await host.StopAsync();
    }

    [Fact]
    public async Task Limits_come_from_configuration_and_are_checked_when_the_host_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Serving:QueueCapacity"] = "0", ["Serving:MaxTokens"] = "7", ["Serving:TimeLimit"] = "00:00:10" });
        builder.Services.AddCs336().AddGenerationService(builder.Configuration.GetSection("Serving"));
        using IHost host = builder.Build();
        string message = (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message;
        Assert.Contains("GenerationServiceOptions.QueueCapacity is 0", message);
        Assert.Contains("There is no key Serving:MaxTokens", message);
    }
}
