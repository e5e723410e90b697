namespace Cs336.Training;

/// <summary>
/// Why a sitting of training ended. In every case the newest checkpoint, where there is a store, holds all that was done.
/// </summary>
public enum TrainingOutcome
{
    /// <summary>All steps are done.</summary>
    Completed,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>The validation loss has stopped falling: see <see cref="TrainerOptions.Patience"/>.</summary>
    EarlyStopped,

    /// <summary>The time is used up: see <see cref="TrainerOptions.MaxMinutes"/>.</summary>
    OutOfTime,
}
