using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cs336.Inference;
using Cs336.Inference.Tests;
using Microsoft.Extensions.Logging;

namespace Cs336.Serving.Tests;

public sealed class ServingTelemetryTests
{
    private static readonly GenerationOptions Options = new() { MaxNewTokens = 4, StopTokens = [], Temperature = 0 };

    [Fact]
    public async Task Requests_tokens_and_times_are_measured()
    {
        Dictionary<string, double> sums = [];
        List<string> outcomes = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, its) =>
        {
            if (instrument.Meter.Name == ServingTelemetry.MeterName) its.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        // counts, whatever the time
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value + 1, tags));
        listener.Start();

        GatedModel model = new(new HistoryModel(257, 64));
        GenerationService service = new(
            new ByteTokenizer(), model, new GenerationServiceOptions { MaxConcurrentRequests = 1, QueueCapacity = 1 },
            observers: new GenerationObservers { Name = "measured" });
        Task<GeneratedText> first = service.GenerateAsync(new GenerationRequest("abc") { Options = Options });
        await model.NextAsync();
        Task<GeneratedText> second = service.GenerateAsync(new GenerationRequest("de") { Options = Options });
        Assert.Throws<GenerationQueueFullException>(() => { service.StreamAsync(new GenerationRequest("f") { Options = Options }); });
        listener.RecordObservableInstruments();
        Assert.Equal((1, 1), (sums["cs336.generation.queue.length"], sums["cs336.generation.active"]));
        model.Let(8);
        await Task.WhenAll(first, second);
        await service.DisposeAsync();

        Assert.Equal((8, 5), (sums["cs336.generation.tokens"], sums["cs336.generation.prompt_tokens"]));
        Assert.InRange(sums["cs336.generation.time_to_first_token"], 2, 60);
        Assert.InRange(sums["cs336.generation.duration"], 2, 60);
        Assert.Equal(["max_new_tokens", "max_new_tokens", "refused"], outcomes.Order());

        void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Dictionary<string, object?> named = new(tags.ToArray());
            if (!Equals(named.GetValueOrDefault("cs336.name"), "measured")) return; // of another test
            lock (sums)
            {
                sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value;
                if (instrument.Name == "cs336.generation.requests") outcomes.Add((string)named["cs336.outcome"]!);
            }
        }
    }

    [Fact]
    public async Task Prompt_and_text_are_logged_at_trace_only()
    {
        GeneratedText text;
        ListLogger traced = new(LogLevel.Trace), other = new(LogLevel.Debug);
        await using (GenerationService service = new(
            new ByteTokenizer(), new HistoryModel(257, 64), observers: new GenerationObservers { Logger = traced }))
            text = await service.GenerateAsync(new GenerationRequest("a secret prompt") { Options = Options });
        Assert.Contains((105, LogLevel.Trace, "Prompt: a secret prompt"), traced.Entries);
        Assert.Contains((106, LogLevel.Trace, $"Text: {text.Text}"), traced.Entries);
        await using (GenerationService service = new(
            new ByteTokenizer(), new HistoryModel(257, 64), observers: new GenerationObservers { Logger = other }))
            await service.GenerateAsync(new GenerationRequest("a secret prompt") { Options = Options });
        Assert.Equal([100, 101], other.Entries.Select(entry => entry.Id));
        Assert.DoesNotContain(other.Entries, entry => entry.Message.Contains("secret") || entry.Message.Contains(text.Text));
    }

    [Fact]
    public async Task A_generation_is_an_activity_under_that_of_its_caller()
    {
        List<Activity> activities = [];
        using ActivitySource source = new("the caller");
        using ActivityListener listener = new()
        {
            ShouldListenTo = its => its.Name is "the caller" or ServingTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => { lock (activities) activities.Add(activity); },
        };
        ActivitySource.AddActivityListener(listener);
        using Activity caller = source.StartActivity("request")!;
        await using (GenerationService service = new(
            new ByteTokenizer(), new HistoryModel(257, 64), observers: new GenerationObservers { Name = "story" }))
            await service.GenerateAsync(new GenerationRequest("a") { Options = Options });
        Activity generation = Assert.Single(activities, activity => activity.ParentId == caller.Id);
        Assert.Equal("story", generation.GetTagItem("cs336.name"));
        Assert.Equal(
            ("cs336.generate", "max_new_tokens", 4),
            (generation.OperationName, generation.GetTagItem("cs336.outcome"), generation.GetTagItem("cs336.new_tokens")));
    }

    [Fact]
    public void Every_histogram_advises_its_buckets()
    {
        List<Histogram<double>> histograms = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == ServingTelemetry.MeterName && instrument is Histogram<double> histogram)
                    lock (histograms) histograms.Add(histogram);
            },
        };
        listener.Start();
        using (new GenerationService(new ByteTokenizer(), new HistoryModel(257, 64))) Assert.True(histograms.Count >= 2);
        Assert.All(histograms, histogram => Assert.True(
            histogram.Advice?.HistogramBucketBoundaries is [> 0 and <= 0.01, .., >= 60], histogram.Name));
    }

    private sealed class ListLogger(LogLevel minimum) : ILogger
    {
        public List<(int Id, LogLevel Level, string Message)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            lock (Entries) Entries.Add((eventId.Id, logLevel, formatter(state, exception)));
        }
    }
}
