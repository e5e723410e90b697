using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Serving.Tests;

public sealed class ServingHostTests
{
    [Fact]
    public async Task A_host_with_two_models_serves_both()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ITokenizer>(new ByteTokenizer());
        builder.Services.AddSingleton<ILanguageModel>(new HistoryModel(257, 64)).AddKeyedSingleton<ILanguageModel>(
            "small", new HistoryModel(257, 8));
        builder.Services.AddCs336().AddGenerator(options => (options.MaxNewTokens, options.Seed) = (5, 1)).AddGenerationService();
        builder.Services.AddCs336("small").AddGenerator(options => (options.MaxNewTokens, options.Seed) = (3, 1)).AddGenerationService(
            options => options.QueueCapacity = 2);
        using IHost host = builder.Build();
        await host.StartAsync();
        GenerationService plain = host.Services.GetRequiredService<GenerationService>(),
            small = host.Services.GetRequiredKeyedService<GenerationService>("small");
        GenerationRequest request = new("a") { Options = null };
        Assert.Equal((5, 64), ((await plain.GenerateAsync(request)).NewTokens, plain.Status.QueueCapacity));
        Assert.Equal((3, 2), ((await small.GenerateAsync(request)).NewTokens, small.Status.QueueCapacity));
        await host.StopAsync();
    }

    [Fact]
    public async Task Limits_come_from_configuration_and_are_checked_when_the_host_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string,
            string?> { ["Serving:QueueCapacity"] = "0", ["Serving:MaxTokens"] = "7", ["Serving:TimeLimit"] = "00:00:10" });
        builder.Services.AddCs336().AddGenerationService(builder.Configuration.GetSection("Serving"));
        using IHost host = builder.Build();
        string message = (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message;
        Assert.Contains("GenerationServiceOptions.QueueCapacity is 0", message);
        Assert.Contains("There is no key Serving:MaxTokens", message);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(255, false)]
    public async Task A_limit_of_new_tokens_below_what_requests_ask_for_by_default_is_told_at_the_start(int maxNewTokens, bool starts)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336().AddGenerationService(options => options.MaxNewTokens = maxNewTokens);
        using IHost host = builder.Build();
        if (starts) await host.StartAsync();
        else
        {
            Assert.Equal(
                "max_new_tokens is 256 where a request does not say, but GenerationServiceOptions.MaxNewTokens is 255: "
                    + "raise this or lower that.",
                (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
        }
    }

    [Fact]
    public async Task Options_of_generation_that_are_not_sound_are_told_once()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336().AddGenerator(options => options.TopP = 0).AddGenerationService();
        using IHost host = builder.Build();
        Assert.Equal("top_p is 0, but must be above 0 and at most 1; 1 keeps every token.",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public void A_test_of_an_app_can_make_every_refusal()
    {
        Assert.Equal((3, 2), (new GenerationQueueFullException(3, 2).QueueLength, new GenerationQueueFullException(3, 2).QueueCapacity));
        Assert.StartsWith("3 requests of this caller", new GenerationQueueFullException(3, 2, ofCaller: true).Message);
        Assert.Equal("busy", new GenerationQueueFullException("busy").Message);
        Assert.StartsWith("Too many requests wait", new GenerationQueueFullException().Message);
    }
}
