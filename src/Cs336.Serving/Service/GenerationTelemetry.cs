using System.Diagnostics;
using Cs336.Parts;
using Microsoft.Extensions.Logging;

namespace Cs336.Serving;

/// <summary>
/// Tells log, meter and activities what a <see cref="GenerationService"/> does. None of them can do anything to the service: what one
/// throws is passed over, and the first time it is logged.
/// </summary>
internal sealed class GenerationTelemetry(ILogger logger, GenerationMeter meter, TimeProvider time, string? name) : IDisposable
{
    private int _failures;

    /// <summary>A request has come; its texts are logged, and kept for that, only at Trace.</summary>
    public void Asked(PendingGeneration generation, Func<string> readPrompt) => Tell(() =>
    {
        if (!logger.IsEnabled(LogLevel.Trace)) return;
        generation.LoggedText = [];
        logger.Prompt(readPrompt());
    });

    public void Queued(PendingGeneration generation, int queueLength) =>
        Tell(() => logger.RequestQueued(generation.PromptIds.Length, queueLength));

    public void Refused(int queueLength, int queueCapacity)
    {
        Tell(() => logger.RequestRefused(queueLength, queueCapacity));
        Tell(meter.CountRefused);
    }

    public void Began(PendingGeneration generation) => Tell(() => meter.CountPrompt(generation.PromptIds.Length));

    public void DrewFirst(PendingGeneration generation) => Tell(() => meter.RecordFirstToken(time.GetElapsedTime(generation.BegunAt)));

    public void Drew(int tokens) => Tell(() => meter.CountTokens(tokens));

    public void PassFailed(Exception exception, int requests) => Tell(() => logger.PassFailed(exception, requests));

    public void ThreadFailed(Exception exception) => Tell(() => logger.ThreadFailed(exception));

    public void CacheFailed(Exception exception) => Tell(() => logger.CacheFailed(exception));

    public void Replaced() => Tell(logger.ModelReplaced);

    /// <summary>A request has ended, and its caller has the answer.</summary>
    public void Ended(PendingGeneration generation, string outcome)
    {
        TimeSpan elapsed = TimeSpan.Zero;
        Tell(() => elapsed = time.GetElapsedTime(generation.BegunAt));
        Tell(() => meter.RecordEnd(outcome, elapsed));
        Tell(() => logger.RequestEnded(generation.NewTokens, generation.PromptIds.Length, Math.Round(elapsed.TotalSeconds, 3), outcome));
        if (generation.LoggedText is not null) Tell(() => logger.Text(string.Concat(generation.LoggedText)));
        Activity? current = Activity.Current;
        Tell(() => RecordActivity(generation, outcome, elapsed));
        Activity.Current = current; // a listener that throws leaves the activity in its place
    }

    public void Dispose() => Tell(meter.Dispose);

    private void RecordActivity(PendingGeneration generation, string outcome, TimeSpan elapsed)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow;
        using Activity? activity = ServingTelemetry.Source.StartActivity(
            "cs336.generate", ActivityKind.Internal, generation.Parent, startTime: end - elapsed);
        if (activity is null) return;
        if (name is not null) activity.SetTag(ServingTelemetry.NameTag, name);
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
