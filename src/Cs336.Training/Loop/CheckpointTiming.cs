namespace Cs336.Training;

/// <summary>When a run's checkpoints are due.</summary>
internal sealed class CheckpointTiming
{
    /// <summary>What the run's clock told when the last one was saved.</summary>
    public TimeSpan SavedAt { get; set; }

    /// <summary>Whether one is due after a step.</summary>
    /// <param name="step">Number of steps done.</param>
    /// <param name="isLast">Whether no other follows.</param>
    /// <param name="isBest">Whether it was validated and found the best.</param>
    /// <param name="elapsed">What the run's clock tells.</param>
    /// <param name="options">What the run is asked.</param>
    public bool IsDue(long step, bool isLast, bool isBest, TimeSpan elapsed, TrainerOptions options) =>
        isLast || step % options.CheckpointEvery == 0 || (isBest && options.KeepBest)
            || (elapsed - SavedAt).TotalMinutes >= options.CheckpointEveryMinutes;
}
