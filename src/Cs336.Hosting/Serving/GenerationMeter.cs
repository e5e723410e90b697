using System.Diagnostics.Metrics;

namespace Cs336.Hosting;

/// <summary>What a <see cref="GenerationService"/> measures; its instruments are listed in docs/serving.md.</summary>
internal sealed class GenerationMeter : IDisposable
{
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Counter<long>? _requests;
    private readonly Counter<long>? _promptTokens;
    private readonly Counter<long>? _tokens;
    private readonly Histogram<double>? _timeToFirstToken;
    private readonly Histogram<double>? _duration;
    private readonly KeyValuePair<string, object?>[] _tags;

    internal GenerationMeter(IMeterFactory? factory, string? model)
    {
        _tags = model is null ? [] : [new("cs336.model", model)];
        _meter = factory?.Create(Cs336Telemetry.GenerationMeterName) ?? new Meter(Cs336Telemetry.GenerationMeterName);
        _ownsMeter = factory is null; // a factory disposes what it made
        _requests = Make(() => _meter.CreateCounter<long>("cs336.generation.requests", "{request}", "Requests that ended, by outcome."));
        _promptTokens = Make(() => _meter.CreateCounter<long>("cs336.generation.prompt_tokens", "{token}", "Tokens of the prompts that were taken on."));
        _tokens = Make(() => _meter.CreateCounter<long>("cs336.generation.tokens", "{token}", "Tokens generated."));
        _timeToFirstToken = Make(() => _meter.CreateHistogram<double>("cs336.generation.time_to_first_token", "s", "Time from a request to its first token, waiting included."));
        _duration = Make(() => _meter.CreateHistogram<double>("cs336.generation.duration", "s", "Time from a request to its end."));
    }

    public void Dispose()
    {
        if (_ownsMeter) _meter.Dispose();
    }

    /// <summary>Begins to tell how many wait and how many are generated.</summary>
    internal void Observe(Func<GenerationServiceStatus> status)
    {
        Make(() => _meter.CreateObservableUpDownCounter("cs336.generation.queue.length", () => Measure(status().QueueLength), "{request}", "Requests that wait."));
        Make(() => _meter.CreateObservableUpDownCounter("cs336.generation.active", () => Measure(status().ActiveSequences), "{sequence}", "Texts that are being generated."));
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

    private Measurement<int> Measure(int value) => new(value, _tags);
}
