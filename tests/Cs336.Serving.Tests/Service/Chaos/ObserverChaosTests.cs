using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cs336.Inference;
using Cs336.Inference.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cs336.Serving.Tests;

/// <summary>Whoever looks on may throw or hang: callers get the texts that they would get without.</summary>
public sealed class ObserverChaosTests
{
    private static readonly ByteTokenizer Tokenizer = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HistoryModel _model = new(257, 64);

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(105)]
    [InlineData(106)]
    [InlineData(-1)]
    public async Task A_log_that_throws_changes_nothing(int failingId)
    {
        ChaosLogger logger = new(id => { if (id == failingId || failingId < 0) throw new IOException("disk full"); });
        await AssertServesAsync(new GenerationObservers { Logger = logger });
        Assert.Equal(failingId < 0 ? 0 : 1, logger.Entries.Count(entry => entry.Id == 107)); // said once, though it fails each time
        Assert.All(logger.Entries.Where(entry => entry.Id == 107), entry => Assert.Equal("disk full", entry.Exception!.Message));
    }

    [Fact]
    public Task A_log_that_cannot_even_say_whether_it_is_on_changes_nothing() =>
        AssertServesAsync(new GenerationObservers { Logger = new Broken() });

    [Theory]
    [InlineData("cs336.generation.requests")]
    [InlineData("cs336.generation.prompt_tokens")]
    [InlineData("cs336.generation.tokens")]
    [InlineData("cs336.generation.time_to_first_token")]
    [InlineData("cs336.generation.duration")]
    public async Task A_listener_to_measurements_that_throws_changes_nothing(string failing)
    {
        using OwnMeters meters = new();
        using MeterListener listener =
            new() { InstrumentPublished = (instrument, its) => { if (meters.IsOwn(instrument)) its.EnableMeasurementEvents(instrument); } };
        int calls = 0;
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => Fail(instrument));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Fail(instrument));
        listener.Start();
        ChaosLogger logger = new(_ => { });
        await AssertServesAsync(new GenerationObservers { MeterFactory = meters, Logger = logger });
        Assert.InRange(calls, 2, int.MaxValue);
        Assert.Single(logger.Entries, entry => entry.Id == 107);

        void Fail(Instrument instrument)
        {
            if (instrument.Name != failing) return;
            Interlocked.Increment(ref calls);
            throw new InvalidOperationException("no such series");
        }
    }

    [Fact]
    public async Task A_listener_that_throws_when_it_is_told_of_instruments_changes_nothing()
    {
        using OwnMeters meters = new();
        int told = 0;
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (!meters.IsOwn(instrument)) return;
                told++;
                throw new InvalidOperationException("too many instruments");
            },
        };
        listener.Start();
        await AssertServesAsync(new GenerationObservers { MeterFactory = meters });
        Assert.Equal(7, told);
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("started")]
    [InlineData("stopped")]
    public async Task A_listener_to_activities_that_throws_changes_nothing(string failing)
    {
        using Activity caller = new Activity("caller").Start();
        int calls = 0;
        using ActivityListener listener = new()
        {
            ShouldListenTo = its => its.Name == ServingTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
            {
                if (options.Parent.TraceId != caller.TraceId) return ActivitySamplingResult.None;
                Fail("sample");
                return ActivitySamplingResult.AllDataAndRecorded;
            },
            ActivityStarted = activity => { if (activity.TraceId == caller.TraceId) Fail("started"); },
            ActivityStopped = activity => { if (activity.TraceId == caller.TraceId) Fail("stopped"); },
        };
        ActivitySource.AddActivityListener(listener);
        await AssertServesAsync(new GenerationObservers());
        Assert.InRange(calls, 2, int.MaxValue);
        Assert.Same(caller, Activity.Current);

        void Fail(string what)
        {
            if (what != failing) return;
            Interlocked.Increment(ref calls);
            throw new InvalidOperationException("no exporter");
        }
    }

    [Fact]
    public async Task A_caller_has_his_answer_before_a_log_that_hangs_is_told()
    {
        using ManualResetEventSlim gate = new();
        ChaosLogger logger = new(id => { if (id == 101) gate.Wait(); });
        await using GenerationService service = new(Tokenizer, _model, observers: new GenerationObservers { Logger = logger });
        Assert.Equal(3, (await service.GenerateAsync(new GenerationRequest("a") { Options = Ask(3) }).WaitAsync(Patience)).NewTokens);
        gate.Set();
    }

    [Fact]
    public async Task Whoever_is_told_may_ask_the_service_from_another_thread()
    {
        GatedModel model = new(_model);
        GenerationService? service = null;
        // Were an observer told under the service's lock, this would wait for ever.
        ChaosLogger logger = new(_ => Assert.True(Task.Run(() => service!.Status).Wait(Patience)));
        await using (
            service = new GenerationService(
            Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1,
            QueueCapacity = 1 }, observers: new GenerationObservers { Logger = logger }))
        {
            using CancellationTokenSource cancellation = new();
            Task<GeneratedText> first = service.GenerateAsync(new GenerationRequest("a") { Options = Ask(1) });
            await model.NextAsync();
            Task<GeneratedText> cancelled = service.GenerateAsync(new GenerationRequest("b") { Options = Ask(1) }, cancellation.Token);
            Assert.Throws<GenerationQueueFullException>(() => { service.StreamAsync(new GenerationRequest("c")); });
            await cancellation.CancelAsync();
            // takes the cancelled one out of the queue
            Task<GeneratedText> last = service.GenerateAsync(new GenerationRequest("d") { Options = Ask(1) });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
            model.Let(2);
            await Task.WhenAll(first, last).WaitAsync(Patience);
        }
        Assert.Equal(
            [100, 100, 102, 101, 100], logger.Entries.Where(entry => entry.Id is >= 100 and <= 102).Take(5).Select(entry => entry.Id));
        Assert.DoesNotContain(logger.Entries, entry => entry.Id == 107);
    }

    /// <summary>Two rounds of requests get their texts, and the service stands as it was before.</summary>
    private async Task AssertServesAsync(GenerationObservers observers)
    {
        GeneratedText expected = await new TextGenerator(Tokenizer, new HistoryModel(257, 64)).GenerateAsync("abc", Ask(5));
        await using (GenerationService service = new(Tokenizer, _model, observers: observers))
        {
            for (int round = 0; round < 2; round++)
                Assert.All(await Task.WhenAll(
                    Enumerable.Range(0, 10).Select(_ => service.GenerateAsync(new GenerationRequest("abc") { Options = Ask(5) })))
                    .WaitAsync(Patience), text => Assert.Equal(expected, text));
            Assert.Equal(new GenerationServiceStatus(0, 64, 0, 8), service.Status);
        }
        Assert.Equal(0, _model.LiveCaches);
    }

    private static GenerationOptions Ask(int tokens) => new() { MaxNewTokens = tokens, Seed = 1, StopTokens = [] };

    private sealed class Broken : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => throw new NotSupportedException();

        public bool IsEnabled(LogLevel logLevel) => throw new NotSupportedException();

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new NotSupportedException();
    }

    /// <summary>Listeners hear every meter of the process: these are told from those of other tests.</summary>
    private sealed class OwnMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            Meter meter = new(options);
            _meters.Add(meter);
            return meter;
        }

        public bool IsOwn(Instrument instrument) => _meters.Contains(instrument.Meter);

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
