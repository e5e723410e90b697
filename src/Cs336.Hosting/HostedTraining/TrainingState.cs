namespace Cs336.Hosting;

/// <summary>What a hosted training is doing.</summary>
public enum TrainingState
{
    /// <summary>It has not been started yet.</summary>
    Idle,

    /// <summary>It makes or loads its data and its model, or looks for a checkpoint.</summary>
    Preparing,

    /// <summary>It trains.</summary>
    Running,

    /// <summary>It waits between two steps until it is resumed.</summary>
    Paused,

    /// <summary>It was stopped; a checkpoint holds all that was done, and it can be started again.</summary>
    Stopped,

    /// <summary>It has failed and waits before it goes on from the last checkpoint.</summary>
    Retrying,

    /// <summary>All steps are done.</summary>
    Completed,

    /// <summary>It has failed for good; starting it again goes on from the last checkpoint.</summary>
    Faulted,
}
