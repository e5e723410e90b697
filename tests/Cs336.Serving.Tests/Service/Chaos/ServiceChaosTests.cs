using System.Runtime.CompilerServices;
using Cs336.Inference;
using Cs336.Inference.Tests;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Serving.Tests;

/// <summary>Whatever breaks: every caller gets an answer, and the next caller is served.</summary>
public sealed class ServiceChaosTests
{
    private static readonly ByteTokenizer Tokenizer = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HistoryModel _model = new(257, 64);

    [Theory]
    [InlineData(nameof(ILanguageModel.CreateCache))]
    [InlineData(nameof(ILanguageModel.Forward))]
    [InlineData(nameof(IKvCache.Truncate))]
    public async Task A_model_or_cache_that_fails_ends_what_needs_it_and_the_next_is_served(string failing)
    {
        ChaosModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model);
        bool fails = true;
        model.Before = what => { if (what == failing && fails) throw new IOException("out of memory, perhaps"); };
        for (int i = 0; i < 4; i++)
            Assert.Equal(
                "out of memory, perhaps",
                (await Assert.ThrowsAsync<IOException>(() => service.GenerateAsync(Ask("a", 5)).WaitAsync(Patience))).Message);
        Assert.Equal(failing == nameof(ILanguageModel.Forward) ? HealthStatus.Unhealthy : HealthStatus.Healthy, await HealthOf(service));
        fails = false;
        Assert.Equal(5, (await service.GenerateAsync(Ask("a", 5)).WaitAsync(Patience)).NewTokens);
        Assert.Equal(HealthStatus.Healthy, await HealthOf(service));
        Assert.Equal((new GenerationServiceStatus(0, 64, 0, 8), 0), (service.Status, _model.LiveCaches));
    }

    [Fact]
    public async Task A_cache_that_fails_to_forget_in_the_middle_of_a_text_takes_no_other_text_with_it()
    {
        ChaosModel model = new(new HistoryModel(257, 8)); // a text of more than 8 tokens forgets
        await using GenerationService service = new(Tokenizer, model);
        int truncations = 0, passes = 0;
        model.Before = what =>
        {
            if (what == nameof(model.Forward)) passes++;
            if (what == nameof(IKvCache.Truncate) && passes > 2 && ++truncations == 1) throw new IOException("cannot forget");
        };
        Task<GeneratedText>[] texts =
            [.. Enumerable.Range(0, 4)
                .Select(i => service.GenerateAsync(
            new GenerationRequest(
            $"{i}") { Options = new() { MaxNewTokens = 20, Seed = 1, StopTokens = [], ContextOverflow = ContextOverflow.Reprime } }))];
        await Task.WhenAll(texts.Select(text => Task.WhenAny(text))).WaitAsync(Patience);
        Assert.Equal(
            "cannot forget", Assert.IsType<IOException>(Assert.Single(texts, text => text.IsFaulted).Exception!.InnerException).Message);
        Assert.All(texts.Where(text => !text.IsFaulted), text => Assert.Equal(20, text.Result.NewTokens));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_given_back_changes_no_answer_and_is_logged()
    {
        ChaosModel model = new(_model) { Before = what => { if (what == nameof(IDisposable.Dispose)) throw new IOException("not mine"); } };
        ChaosLogger logger = new(_ => { });
        await using (GenerationService service = new(Tokenizer, model, observers: new GenerationObservers { Logger = logger }))
        {
            for (int i = 0; i < 3; i++) Assert.Equal(5, (await service.GenerateAsync(Ask("a", 5)).WaitAsync(Patience)).NewTokens);
            Assert.Equal(new GenerationServiceStatus(0, 64, 0, 8), service.Status);
            Assert.Same(model, await service.ReloadAsync(_model).WaitAsync(Patience));
        }
        Assert.Equal(
            ["not mine", "not mine", "not mine"], logger.Entries.Where(entry => entry.Id == 108).Select(entry => entry.Exception!.Message));
    }

    [Fact]
    public async Task A_tokenizer_that_fails_on_a_token_ends_the_text_that_has_it()
    {
        FailingTokenizer tokenizer = new();
        await using GenerationService service = new(tokenizer, _model);
        tokenizer.FailingId = 'z';
        Task<GeneratedText> bad = service.GenerateAsync(
            new GenerationRequest("a") { Options = new() { MaxNewTokens = 5, LogitBias = new Dictionary<int, double> { ['z'] = 1000 } } });
        Task<GeneratedText> good = service.GenerateAsync(
            new GenerationRequest("a") { Options = new() { MaxNewTokens = 30, StopTokens = [], BannedTokens = ['z'] } });
        Assert.Equal("no such token", (await Assert.ThrowsAsync<NotSupportedException>(() => bad.WaitAsync(Patience))).Message);
        Assert.Equal(30, (await good.WaitAsync(Patience)).NewTokens);
        Assert.Throws<NotSupportedException>(() => { service.StreamAsync(new GenerationRequest("z")); }); // told by the call itself
        Assert.Equal(
            1, (await service.GenerateAsync(
            new GenerationRequest("a") { Options = new() { MaxNewTokens = 1, BannedTokens = ['z'] } }).WaitAsync(Patience)).NewTokens);
    }

    [Fact]
    public async Task A_processor_that_leaves_no_token_or_throws_ends_its_own_text()
    {
        await using GenerationService service = new(Tokenizer, _model);
        Action<Span<float>>[] faults =
            [logits => logits[7] = float.NaN, logits => logits.Fill(float.NegativeInfinity), logits =>
            logits.Fill(float.PositiveInfinity), _ => throw new OutOfMemoryException()];
        Task<GeneratedText> good = service.GenerateAsync(Ask("good", 40));
        Task<GeneratedText>[] bad =
            [.. faults.Select(
            fault => service.GenerateAsync(new GenerationRequest("bad") { Options = new() { Processors = [new Does(fault)] } }))];
        foreach (Task<GeneratedText> text in bad) await Assert.ThrowsAnyAsync<Exception>(() => text.WaitAsync(Patience));
        Assert.All(bad, text => Assert.True(text.IsFaulted));
        Assert.Equal(40, (await good.WaitAsync(Patience)).NewTokens);
    }

    [Fact]
    public async Task A_clock_that_fails_breaks_the_thread_off_and_it_begins_again()
    {
        FailingClock clock = new();
        GatedModel model = new(_model);
        ChaosLogger logger = new(_ => { });
        await using GenerationService service = new(
            Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 2 },
            observers: new GenerationObservers { Time = clock, Logger = logger });
        Task<GeneratedText>[] texts = [.. Enumerable.Range(0, 5).Select(i => service.GenerateAsync(Ask($"{i}", 5)))];
        await model.NextAsync();
        clock.Fails = true; // for the service's thread alone
        model.Let();
        foreach (Task<GeneratedText> text in texts)
            Assert.Equal("no clock", (await Assert.ThrowsAsync<InvalidTimeZoneException>(() => text.WaitAsync(Patience))).Message);
        Assert.Equal((HealthStatus.Unhealthy, 0, 0), (await HealthOf(service), service.Status.ActiveRequests, service.Status.QueueLength));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => service.GenerateAsync(Ask("a", 1)).WaitAsync(Patience));
        clock.Fails = false;
        model.Let(100);
        Assert.Equal(5, (await service.GenerateAsync(Ask("a", 5)).WaitAsync(Patience)).NewTokens);
        Assert.Equal((HealthStatus.Healthy, 0), (await HealthOf(service), _model.LiveCaches));
        Assert.Equal(2, logger.Entries.Count(entry => entry.Id == 109));
        clock.Fails = true;
        Task<GeneratedText> last = service.GenerateAsync(Ask("a", 5));
        await service.DisposeAsync().AsTask().WaitAsync(Patience);
        await Assert.ThrowsAnyAsync<Exception>(() => last.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_cancellation_whose_other_callbacks_throw_is_still_one()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model);
        using CancellationTokenSource cancellation = new();
        using CancellationTokenRegistration other = cancellation.Token.Register(() => throw new NotSupportedException());
        Task<GeneratedText> cancelled = service.GenerateAsync(Ask("a", 50), cancellation.Token);
        await model.NextAsync();
        Assert.Throws<AggregateException>(cancellation.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience));
        model.Let(100);
        Assert.Equal(5, (await service.GenerateAsync(Ask("b", 5)).WaitAsync(Patience)).NewTokens);
    }

    [Fact]
    public async Task The_thread_takes_nothing_over_from_whoever_makes_the_service()
    {
        AsyncLocal<string?> request = new() { Value = "of the first request" };
        string? seen = "nothing yet";
        ChaosModel model = new(_model) { Before = _ => seen = request.Value };
        await using GenerationService service = new(Tokenizer, model);
        await service.GenerateAsync(Ask("a", 1));
        Assert.Null(seen);
    }

    [Fact]
    public async Task Requests_in_flight_are_all_answered_when_the_service_is_disposed()
    {
        GatedModel model = new(_model);
        GenerationService service = new(Tokenizer, model);
        List<Task<GeneratedText>> texts = [.. Enumerable.Range(0, 8).Select(i => service.GenerateAsync(Ask($"{i}", 50)))];
        while (service.Status.ActiveRequests < 8)
        {
            await model.NextAsync();
            model.Let();
        }
        await model.NextAsync();
        texts.AddRange(Enumerable.Range(8, 64).Select(i => service.GenerateAsync(Ask($"{i}", 50))));
        Assert.Equal((64, 8), (service.Status.QueueLength, service.Status.ActiveRequests));
        Task disposal = service.DisposeAsync().AsTask();
        model.Let();
        await disposal.WaitAsync(Patience);
        foreach (Task<GeneratedText> text in texts) await Assert.ThrowsAsync<ObjectDisposedException>(() => text.WaitAsync(Patience));
        Assert.Equal((0, 0, 0), (service.Status.QueueLength, service.Status.ActiveRequests, _model.LiveCaches));
    }

    [Fact]
    public async Task Models_that_come_under_load_change_no_text()
    {
        GatedModel served = new(_model);
        List<Task<GeneratedText>> texts = [];
        List<(ILanguageModel Before, Task<ILanguageModel> Replaced)> reloads = [];
        await using GenerationService service = new(
            Tokenizer, served, new GenerationServiceOptions { MaxConcurrentRequests = 4, QueueCapacity = 1000 });
        for (int reload = 0; reload < 5; reload++)
        {
            for (int i = 0; i < 20; i++) texts.Add(service.GenerateAsync(Ask($"{texts.Count}", 1 + i)));
            await served.NextAsync(); // a pass of the model is under way, with requests in it
            GatedModel newer = new(new HistoryModel(257, 64));
            reloads.Add((served, service.ReloadAsync(newer)));
            Assert.False(reloads[^1].Replaced.IsCompleted);
            served.Let(10_000);
            served = newer;
        }
        served.Let(10_000);
        foreach ((ILanguageModel before, Task<ILanguageModel> replaced) in reloads) Assert.Same(before, await replaced.WaitAsync(Patience));
        GeneratedText[] all = await Task.WhenAll(texts).WaitAsync(Patience);
        using TextGenerator alone = new(Tokenizer, new HistoryModel(257, 64));
        for (int i = 0; i < all.Length; i++) Assert.Equal(await alone.GenerateAsync($"{i}", Ask("", 1 + i % 20).Options), all[i]);
    }

    [Fact]
    public async Task A_thousand_callers_get_their_texts_and_nothing_of_them_is_kept()
    {
        await using GenerationService service = new(Tokenizer, _model, new GenerationServiceOptions { QueueCapacity = 1000 });
        WeakReference[] requests = await ServeAsync(service);
        Assert.Equal(new GenerationServiceStatus(0, 1000, 0, 8), service.Status);
        Assert.Equal(0, _model.LiveCaches);
        await service.GenerateAsync(Ask("the last, whom the thread may still have at hand", 2));
        for (int i = 0; i < 20 && requests.Any(request => request.IsAlive); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
        Assert.Equal(0, requests.Count(request => request.IsAlive));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static async Task<WeakReference[]> ServeAsync(GenerationService service)
        {
            GenerationRequest[] requests =
                [.. Enumerable.Range(0, 1000)
                    .Select(i => new GenerationRequest($"{i}") { Caller = $"caller {i}", Options = Ask("", 3).Options })];
            GeneratedText[] texts = await Task.WhenAll(requests.Select(request => service.GenerateAsync(request))).WaitAsync(Patience);
            using TextGenerator alone = new(Tokenizer, new HistoryModel(257, 64));
            for (int i = 0; i < texts.Length; i++)
                Assert.Equal(await alone.GenerateAsync(requests[i].Prompt!, requests[i].Options), texts[i]);
            return [.. requests.Select(request => new WeakReference(request))];
        }
    }

    private static GenerationRequest Ask(string prompt, int tokens) =>
        new(prompt) { Options = new GenerationOptions { MaxNewTokens = tokens, Seed = 1, StopTokens = [] } };

    private static async Task<HealthStatus> HealthOf(GenerationService service)
    {
        GenerationHealthCheck check = new(() => service.Status);
        return (await check.CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("x", check, null, null) })).Status;
    }

    private sealed class Does(Action<Span<float>> fault) : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits) => fault(logits);
    }

    private sealed class FailingClock : TimeProvider
    {
        public volatile bool Fails;

        public override long GetTimestamp() =>
            Fails && Thread.CurrentThread.Name == "Cs336 generation" ? throw new InvalidTimeZoneException("no clock") : base.GetTimestamp();
    }
}
