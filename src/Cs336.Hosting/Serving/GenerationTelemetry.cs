using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>
/// Tells log, meter and activities what a <see cref="GenerationService"/> does. None of them can do anything to the service: what one
/// throws is passed over, and the first time it is logged.
/// </summary>
internal sealed class GenerationTelemetry(ILogger logger, GenerationMeter meter, TimeProvider time) : IDisposable
{
    private int _failures;

    /// <summary>A request has come; its texts are logged, and kept for that, only at Trace.</summary>
    public void Asked(Generation generation, Func<string> readPrompt) => Tell(() =>
    {
        if (!logger.IsEnabled(LogLevel.Trace)) return;
        generation.Transcript = [];
        logger.Prompt(readPrompt());
    });

    public void Queued(Generation generation, int queueLength) => Tell(() => logger.RequestQueued(generation.PromptIds.Length, queueLength));

    public void Refused(int queueLength, int queueCapacity)
    {
        Tell(() => logger.RequestRefused(queueLength, queueCapacity));
        Tell(meter.CountRefused);
    }

    public void Began(Generation generation) => Tell(() => meter.CountPrompt(generation.PromptIds.Length));

    public void DrewFirst(Generation generation) => Tell(() => meter.RecordFirstToken(time.GetElapsedTime(generation.BegunAt)));

    public void Drew(int tokens) => Tell(() => meter.CountTokens(tokens));

    public void PassFailed(Exception exception, int sequences) => Tell(() => logger.PassFailed(exception, sequences));

    public void ThreadFailed(Exception exception) => Tell(() => logger.ThreadFailed(exception));

    public void CacheFailed(Exception exception) => Tell(() => logger.CacheFailed(exception));

    public void Replaced() => Tell(logger.ModelReplaced);

    /// <summary>A request has ended, and its caller has his answer.</summary>
    public void Ended(Generation generation, string outcome)
    {
        TimeSpan elapsed = TimeSpan.Zero;
        Tell(() => elapsed = time.GetElapsedTime(generation.BegunAt));
        Tell(() => meter.RecordEnd(outcome, elapsed));
        Tell(() => logger.RequestEnded(generation.NewTokens, generation.PromptIds.Length, Math.Round(elapsed.TotalSeconds, 3), outcome));
        if (generation.Transcript is not null) Tell(() => logger.Completion(string.Concat(generation.Transcript)));
        Activity? current = Activity.Current;
        Tell(() => RecordActivity(generation, outcome, elapsed));
        Activity.Current = current; // a listener that throws leaves the activity in its place
    }

    public void Dispose() => Tell(meter.Dispose);

    private static void RecordActivity(Generation generation, string outcome, TimeSpan elapsed)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow;
        using Activity? activity = Cs336Telemetry.Source.StartActivity("cs336.generate", ActivityKind.Internal, generation.Parent, startTime: end - elapsed);
        if (activity is null) return;
        activity.SetTag("cs336.outcome", outcome);
        activity.SetTag("cs336.prompt_tokens", generation.PromptIds.Length);
        activity.SetTag("cs336.new_tokens", generation.NewTokens);
    }

    private void Tell(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception exception)
        {
            if (Interlocked.Increment(ref _failures) == 1) Tell(() => logger.ObserverFailed(exception));
        }
    }
}
