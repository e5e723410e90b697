using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>Shows how far counting and merging have come.</summary>
internal sealed class TrainingProgress(IWorkDisplay display, Action<BpeTrainingProgress>? keep = null) : IProgress<BpeTrainingProgress>
{
    private BpeTrainingPhase? _phase;

    public void Report(BpeTrainingProgress value)
    {
        keep?.Invoke(value);
        bool counting = value.Phase == BpeTrainingPhase.Counting;
        double fraction = counting ? value.BytesTotal is long total and > 0 ? (double)value.BytesRead / total : 0
            : (double)value.MergesDone / Math.Max(1, value.MergesTotal);
        string details = counting ? $"counting, {Units.Bytes(value.BytesRead)}"
            : $"merging, {value.MergesDone:N0} of {value.MergesTotal:N0}";
        display.Report(fraction, details, milestone: value.Phase != _phase);
        _phase = value.Phase;
    }
}
