namespace Cs336.Training;

/// <summary>Why a sitting of training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All steps are done.</summary>
    Completed,

    /// <summary>It was cancelled; the checkpoint, where there is a store, holds all that was done.</summary>
    Cancelled,
}
