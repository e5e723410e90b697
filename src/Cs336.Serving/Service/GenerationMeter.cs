using System.Diagnostics.Metrics;

namespace Cs336.Serving;

/// <summary>What a <see cref="GenerationService"/> measures; its instruments are listed in docs/serving.md.</summary>
internal sealed class GenerationMeter : IDisposable
{
    // In seconds, as OpenTelemetry's conventions for generative models have them, with time to the first token from 1 ms on.
    private static readonly double[] FirstTokenBounds =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];
    private static readonly double[] DurationBounds =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84];

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Counter<long>? _requests;
    private readonly Counter<long>? _promptTokens;
    private readonly Counter<long>? _tokens;
    private readonly Histogram<double>? _timeToFirstToken;
    private readonly Histogram<double>? _duration;
    private readonly KeyValuePair<string, object?>[] _tags;

    internal GenerationMeter(IMeterFactory? factory, string? name)
    {
        _tags = name is null ? [] : [new(ServingTelemetry.NameTag, name)];
        _meter = factory?.Create(ServingTelemetry.MeterName) ?? new Meter(ServingTelemetry.MeterName);
        _ownsMeter = factory is null; // a factory disposes what it made
        _requests = Make(() => _meter.CreateCounter<long>("cs336.generation.requests", "{request}", "Requests that ended, by outcome."));
        _promptTokens = Make(
            () => _meter.CreateCounter<long>("cs336.generation.prompt_tokens", "{token}", "Tokens of the prompts that were taken on."));
        _tokens = Make(() => _meter.CreateCounter<long>("cs336.generation.tokens", "{token}", "Tokens generated."));
        _timeToFirstToken = MakeHistogram(
            "cs336.generation.time_to_first_token", "Time from a request to its first token, waiting included.", FirstTokenBounds);
        _duration = MakeHistogram("cs336.generation.duration", "Time from a request to its end.", DurationBounds);
    }

    public void Dispose()
    {
        if (_ownsMeter) _meter.Dispose();
    }

    /// <summary>Begins to tell how many wait and how many are generated.</summary>
    internal void Observe(Func<GenerationServiceStatus> status)
    {
        Make(() => _meter.CreateObservableUpDownCounter(
            "cs336.generation.queue.length", () => Measure(status().QueueLength), "{request}", "Requests that wait."));
        Make(() => _meter.CreateObservableUpDownCounter(
            "cs336.generation.active", () => Measure(status().ActiveRequests), "{request}", "Requests whose texts are being generated."));
    }

    internal void CountPrompt(int tokens) => _promptTokens?.Add(tokens, _tags);

    internal void CountTokens(int tokens) => _tokens?.Add(tokens, _tags);

    internal void RecordFirstToken(TimeSpan time) => _timeToFirstToken?.Record(time.TotalSeconds, _tags);

    internal void RecordEnd(string outcome, TimeSpan time)
    {
        _requests?.Add(1, [new("cs336.outcome", outcome), .. _tags]);
        _duration?.Record(time.TotalSeconds, _tags);
    }

    internal void CountRefused() => _requests?.Add(1, [new("cs336.outcome", "refused"), .. _tags]);

    /// <summary>Listeners are told of an instrument as it is made; one of them that throws costs the instrument, not the service.</summary>
    private static T? Make<T>(Func<T> make) where T : Instrument
    {
        try
        {
            return make();
        }
        catch (Exception)
        {
            return null;
        }
    }

    private Histogram<double>? MakeHistogram(string name, string description, double[] bounds) => Make(() =>
        _meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds }));

    private Measurement<int> Measure(int value) => new(value, _tags);
}
