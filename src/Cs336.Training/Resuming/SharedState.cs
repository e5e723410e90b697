namespace Cs336.Training;

/// <summary>What rank 0 tells the others of the state that it is in, besides tensors.</summary>
/// <param name="State">The state, with what the run is made of.</param>
internal sealed record SharedState(TrainerState State)
{
    /// <summary>The step of the newest checkpoint; null where there is none.</summary>
    public long? SavedStep { get; init; }
}
