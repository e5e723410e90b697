using System.Diagnostics;
using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cs336.Serving.Tests;

/// <summary>The client as one part of a pipeline of Microsoft.Extensions.AI, whoever is registered first.</summary>
public sealed class ChatClientRegistrationTests
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.User, "hello")];

    [Theory]
    [InlineData(null)]
    [InlineData("story")]
    public async Task What_AddChatClient_returns_takes_logging_telemetry_function_invocation_and_caching(string? name)
    {
        ListLoggerProvider log = new();
        List<Activity> activities = [];
        string source = $"chat {name}";
        using ActivityListener listener = new()
        {
            ShouldListenTo = its => its.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => { lock (activities) activities.Add(activity); },
        };
        ActivitySource.AddActivityListener(listener);
        using IHost host = await StartAsync((services, parts) =>
        {
            services.AddSingleton<IDistributedCache>(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));
            parts.AddChatClient(ChatTemplate.Plain)
                .UseLogging().UseOpenTelemetry(sourceName: source).UseFunctionInvocation().UseDistributedCache();
        }, name, log);
        IChatClient client = Get<IChatClient>(host, name);
        string text = (await client.GetResponseAsync(Hello)).Text;
        Assert.Equal(4, text.Length);
        Assert.Equal(text, (await client.GetResponseAsync(Hello)).Text);
        Assert.NotNull(client.GetService<LoggingChatClient>());
        Assert.NotNull(client.GetService<FunctionInvokingChatClient>());
        Assert.NotNull(client.GetService<GenerationChatClient>());
        Assert.Same(Get<GenerationChatClient>(host, name), client.GetService<GenerationChatClient>());
        Assert.Contains(log.Lines, line => line.StartsWith("Microsoft.Extensions.AI", StringComparison.Ordinal));
        Assert.NotEmpty(activities);
        Assert.Single(log.Lines, line => line.Contains("Queued a prompt", StringComparison.Ordinal)); // the second answer is the cache's
    }

    [Fact]
    public async Task An_app_wraps_the_client_by_Microsofts_own_method_after_ours()
    {
        using IHost host = await StartAsync((services, parts) =>
        {
            parts.AddChatClient(ChatTemplate.Plain);
            services.AddChatClient(provider => provider.GetRequiredService<GenerationChatClient>()).UseLogging();
        });
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        Assert.NotNull(client.GetService<LoggingChatClient>());
        Assert.Equal(4, (await client.GetResponseAsync(Hello)).Text.Length);
    }

    [Fact]
    public async Task A_client_of_the_apps_own_that_comes_after_is_left_alone()
    {
        int made = 0;
        using IHost host = await StartAsync((services, parts) =>
        {
            parts.AddChatClient(ChatTemplate.Plain);
            services.AddChatClient(provider =>
            {
                provider.GetRequiredService<ITokenizer>();
                made++;
                return new GenerationChatClient(provider.GetRequiredService<GenerationService>(), ChatTemplate.Plain, "own");
            });
        });
        Assert.Equal(0, made);
        Assert.Equal("own", (await host.Services.GetRequiredService<IChatClient>().GetResponseAsync(Hello)).ModelId);
    }

    [Fact]
    public async Task A_client_that_the_app_has_had_all_along_is_not_disposed_at_the_start()
    {
        Disposable own = new();
        using IHost host = await StartAsync((services, parts) =>
        {
            parts.AddChatClient(ChatTemplate.Plain);
            services.AddSingleton<IChatClient>(_ => own);
        });
        Assert.False(own.IsDisposed);
        Assert.Same(own, host.Services.GetRequiredService<IChatClient>());
    }

    [Fact]
    public async Task A_client_that_the_app_takes_out_again_is_not_missed()
    {
        using IHost host = await StartAsync((services, parts) =>
        {
            parts.AddChatClient(ChatTemplate.Plain);
            services.RemoveAll<IChatClient>();
        });
        Assert.Null(host.Services.GetService<IChatClient>());
    }

    [Fact]
    public void A_client_that_is_there_already_is_told_at_once()
    {
        ServiceCollection services = new();
        services.AddChatClient(provider => provider.GetRequiredService<IChatClient>()).UseLogging();
        string message = Assert.Throws<InvalidOperationException>(() => services.AddCs336().AddChatClient(ChatTemplate.Plain)).Message;
        Assert.StartsWith("An IChatClient is registered already, so one of the two would never be asked for.", message);
        services.AddCs336("story").AddChatClient(ChatTemplate.Plain); // another name is another client
        Assert.StartsWith("An IChatClient of the name 'story' is registered already",
            Assert.Throws<InvalidOperationException>(() => services.AddCs336("story").AddChatClient(ChatTemplate.ChatML)).Message);
    }

    [Fact]
    public async Task Options_that_ask_for_nothing_are_passed_over_and_named_at_Debug()
    {
        ListLoggerProvider log = new();
        using IHost host = await StartAsync((_, parts) => parts.AddChatClient(ChatTemplate.Plain), log: log);
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        ChatOptions known = new() { ModelId = "cs336", AdditionalProperties = new() { ["min_p"] = 0 } };
        string plain = (await client.GetResponseAsync(Hello, known)).Text;
        Assert.DoesNotContain(log.Lines, line => line.Contains("Passed over", StringComparison.Ordinal));
        ChatOptions hints = new()
        {
            ModelId = "gpt", AllowMultipleToolCalls = false, ToolMode = ChatToolMode.Auto, Tools = [],
            AdditionalProperties = new() { ["mirostat"] = 2 },
        };
        Assert.Equal(plain, (await client.GetResponseAsync(Hello, hints)).Text);
        Assert.Contains(
            "Cs336.Serving.GenerationChatClient Debug 110: Passed over chat options that ask for nothing here: "
                + "ModelId 'gpt', AllowMultipleToolCalls, ToolMode, AdditionalProperties[\"mirostat\"]",
            log.Lines);
    }

    private static T Get<T>(IHost host, string? name) where T : class =>
        name is null ? host.Services.GetRequiredService<T>() : host.Services.GetRequiredKeyedService<T>(name);

    private static async Task<IHost> StartAsync(
        Action<IServiceCollection, Cs336Builder> register, string? name = null, ListLoggerProvider? log = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        if (log is not null) builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<ITokenizer, ByteTokenizer>().AddSingleton<ILanguageModel>(new HistoryModel(257, 64));
        Cs336Builder parts = name is null ? builder.Services.AddCs336() : builder.Services.AddCs336(name);
        parts.AddGenerator(options => (options.MaxNewTokens, options.Seed, options.StopTokens) = (4, 1, [])).AddGenerationService();
        parts.Services.Configure<GenerationOptions>(
            name ?? "", options => options.BannedTokens = [.. Enumerable.Range(0, 257).Where(id => id is < 'a' or > 'z')]);
        register(builder.Services, parts);
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private sealed class Disposable() : DelegatingChatClient(new NoClient())
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing) => IsDisposed = true;
    }

    private sealed class NoClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey) => null;

        public void Dispose()
        {
        }
    }

    private sealed class ListLoggerProvider : ILoggerProvider
    {
        private readonly List<string> _lines = [];

        public string[] Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => new ListLogger(categoryName, _lines);

        public void Dispose()
        {
        }

        private sealed class ListLogger(string category, List<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                lock (lines) lines.Add($"{category} {logLevel} {eventId.Id}: {formatter(state, exception)}");
            }
        }
    }
}
