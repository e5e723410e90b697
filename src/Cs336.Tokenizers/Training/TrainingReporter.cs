using System.Diagnostics;

namespace Cs336.Tokenizers;

/// <summary>Reports the progress of one training and notices when it is cancelled.</summary>
internal sealed class TrainingReporter(
    IProgress<BpeTrainingProgress>? progress, int mergesTotal, CancellationToken cancellationToken) : ICountingProgress
{
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _phaseStart;
    private long _bytesRead;

    /// <summary>What the input says of its length; null where it says nothing.</summary>
    public long? BytesTotal { get; set; }

    /// <summary>As <see cref="BpeTrainingProgress.SpilledBytes"/>.</summary>
    public long SpilledBytes { get; set; }

    /// <summary>As <see cref="BpeTrainingProgress.PrunedPreTokens"/>.</summary>
    public long PrunedPreTokens { get; set; }

    /// <summary>As <see cref="BpeTrainingProgress.MinPreTokenCount"/>.</summary>
    public long MinPreTokenCount { get; set; } = 1;

    public void AddBytes(long count)
    {
        ThrowIfCancelled();
        _bytesRead += count;
        double share = BytesTotal is > 0 ? (double)_bytesRead / BytesTotal.Value : 0;
        Report(BpeTrainingPhase.Counting, mergesDone: 0, share);
    }

    public void ThrowIfCancelled() => cancellationToken.ThrowIfCancellationRequested();

    public void StartMerging()
    {
        _phaseStart = _elapsed.Elapsed;
        MergesDone(0);
    }

    public void MergesDone(int count)
    {
        ThrowIfCancelled();
        // A report per merge would cost more than the merge.
        if (count % 64 == 0 || count == mergesTotal)
            Report(BpeTrainingPhase.Merging, count, mergesTotal == 0 ? 1 : (double)count / mergesTotal);
    }

    private void Report(BpeTrainingPhase phase, int mergesDone, double share)
    {
        if (progress is null) return;
        TimeSpan elapsed = _elapsed.Elapsed;
        TimeSpan? remaining = share > 0 ? (elapsed - _phaseStart) * Math.Max(0, (1 - share) / share) : null;
        progress.Report(new BpeTrainingProgress(phase, _bytesRead, BytesTotal, mergesDone, mergesTotal, elapsed, remaining)
        {
            SpilledBytes = SpilledBytes,
            PrunedPreTokens = PrunedPreTokens,
            MinPreTokenCount = MinPreTokenCount,
        });
    }
}
