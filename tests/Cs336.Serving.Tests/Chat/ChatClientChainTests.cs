using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cs336.Serving.Tests;

/// <summary>Chat clients whose factories ask for themselves, with a host and without one: the container alone would hang.</summary>
public sealed class ChatClientChainTests
{
    private const string Told = "asks the container for itself, which would hang: ask for GenerationChatClient instead";

    public static TheoryData<string?, string> Circles()
    {
        TheoryData<string?, string> circles = [];
        foreach (string? name in (string?[])[null, "story"])
            foreach (string how in (string[])["singleton", "transient", "scoped", "descriptor", "wrapper"]) circles.Add(name, how);
        return circles;
    }

    [Theory]
    [MemberData(nameof(Circles))]
    public async Task A_client_that_asks_for_itself_is_told_when_a_plain_container_is_built(string? name, string how)
    {
        ServiceCollection services = [];
        Register(services, name).AddChatClient(ChatTemplate.Plain);
        AddCircle(services, name, how);
        string message = (await Assert.ThrowsAsync<InvalidOperationException>(() => InTime(() => Ask(services, name)))).Message;
        Assert.StartsWith(name is null ? "The IChatClient that was" : "The IChatClient of the name 'story' that was", message);
        Assert.Contains(Told, message);
    }

    [Theory]
    [MemberData(nameof(Circles))]
    public void One_that_is_there_before_ours_is_told_by_our_own_call(string? name, string how)
    {
        ServiceCollection services = [];
        AddCircle(services, name, how);
        string message = Assert.Throws<InvalidOperationException>(
            () => Register(services, name).AddChatClient(ChatTemplate.Plain)).Message;
        Assert.Contains("is registered already, so one of the two would never be asked for", message);
    }

    [Fact]
    public async Task One_that_is_registered_before_what_ours_needs_is_told()
    {
        ServiceCollection services = [];
        services.AddCs336().AddChatClient(ChatTemplate.Plain);
        AddCircle(services, null, "singleton");
        Register(services, null);
        Assert.Contains(Told, (await Assert.ThrowsAsync<InvalidOperationException>(() => InTime(() => Ask(services, null)))).Message);
    }

    [Fact]
    public async Task A_circle_by_way_of_another_name_is_told_with_the_way()
    {
        ServiceCollection services = [];
        Register(services, null).AddChatClient(ChatTemplate.Plain);
        services.AddChatClient(provider => provider.GetRequiredKeyedService<IChatClient>("other"));
        services.AddKeyedChatClient("other", provider => provider.GetRequiredService<IChatClient>());
        string message = (await Assert.ThrowsAsync<InvalidOperationException>(() => InTime(() => Ask(services, null)))).Message;
        Assert.Contains("asks the container for itself, by way of the IChatClient of the name 'other', which would hang", message);
    }

    [Fact]
    public async Task A_host_is_not_built()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        Register(builder.Services, null).AddChatClient(ChatTemplate.Plain);
        AddCircle(builder.Services, null, "singleton");
        Assert.Contains(Told, (await Assert.ThrowsAsync<InvalidOperationException>(() => InTime(() => builder.Build()))).Message);
    }

    [Fact]
    public async Task A_client_over_one_of_another_name_is_no_circle()
    {
        ServiceCollection services = [];
        Register(services, "story").AddChatClient(ChatTemplate.Plain);
        Register(services, null).AddChatClient(ChatTemplate.Plain);
        services.AddChatClient(provider => provider.GetRequiredKeyedService<IChatClient>("story")).UseLogging();
        IChatClient client = await InTime(() => Ask(services, null));
        Assert.NotNull(client.GetService<LoggingChatClient>());
        Assert.Equal("story", client.GetRequiredService<ChatClientMetadata>().DefaultModelId);
    }

    [Fact]
    public async Task A_factory_that_makes_do_without_what_it_asks_for_is_left_alone()
    {
        ServiceCollection services = [];
        Register(services, null).AddChatClient(ChatTemplate.Plain);
        services.AddSingleton(new Special());
        services.AddChatClient(provider => provider.GetService<Special>() is null
            ? provider.GetRequiredService<IChatClient>() : provider.GetRequiredService<GenerationChatClient>());
        Assert.IsType<GenerationChatClient>(await InTime(() => Ask(services, null)));
    }

    [Fact]
    public async Task A_factory_is_looked_at_once_also_where_it_builds_a_container_of_its_own()
    {
        int calls = 0;
        ServiceCollection services = [];
        Register(services, null).AddChatClient(ChatTemplate.Plain);
        services.AddChatClient(_ =>
        {
            calls++;
            return services.BuildServiceProvider().GetRequiredService<GenerationChatClient>();
        });
        await InTime(() => services.BuildServiceProvider());
        await InTime(() => services.BuildServiceProvider());
        Assert.Equal(1, calls);
    }

    private static Cs336Builder Register(IServiceCollection services, string? name)
    {
        services.AddLogging();
        services.AddSingleton<ITokenizer, ByteTokenizer>().AddSingleton<ILanguageModel>(new HistoryModel(257, 64));
        Cs336Builder parts = name is null ? services.AddCs336() : services.AddCs336(name);
        return parts.AddGenerator().AddGenerationService();
    }

    private static void AddCircle(IServiceCollection services, string? name, string how)
    {
        IChatClient Inner(IServiceProvider provider) =>
            name is null ? provider.GetRequiredService<IChatClient>() : provider.GetRequiredKeyedService<IChatClient>(name);
        IChatClient Wrapper(IServiceProvider provider) =>
            name is null ? ActivatorUtilities.CreateInstance<Wrapping>(provider) : new Wrapping(Inner(provider));
        if (how == "descriptor")
        {
            if (name is null) services.AddSingleton(Inner);
            else services.AddKeyedSingleton(name, (provider, _) => Inner(provider));
            return;
        }
        ServiceLifetime lifetime = how switch
        {
            "transient" => ServiceLifetime.Transient,
            "scoped" => ServiceLifetime.Scoped,
            _ => ServiceLifetime.Singleton,
        };
        Func<IServiceProvider, IChatClient> factory = how == "wrapper" ? Wrapper : Inner;
        if (name is null) services.AddChatClient(factory, lifetime).UseLogging();
        else services.AddKeyedChatClient(name, factory, lifetime).UseLogging();
    }

    private static IChatClient Ask(IServiceCollection services, string? name)
    {
        ServiceProvider provider = services.BuildServiceProvider();
        return name is null ? provider.GetRequiredService<IChatClient>() : provider.GetRequiredKeyedService<IChatClient>(name);
    }

    /// <summary>A hang fails the test instead of hanging it.</summary>
    private static Task<T> InTime<T>(Func<T> work) => Task.Run(work).WaitAsync(TimeSpan.FromMinutes(1));

    private sealed class Special;

    private sealed class Wrapping(IChatClient inner) : DelegatingChatClient(inner);
}
