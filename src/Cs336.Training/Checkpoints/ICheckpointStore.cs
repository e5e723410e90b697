namespace Cs336.Training;

/// <summary>
/// Keeps checkpoints: sets of named parts, one set a training step. A store knows nothing of what the parts mean; checksums
/// are among the parts and verified by the trainer, so that a store on a disk, in a database or in a blob container is equally safe.
/// </summary>
/// <remarks>
/// What an implementation must hold to: a save is all or nothing (after a crash at any moment the checkpoint is listed with all
/// its parts or not listed at all), and what <see cref="SaveAsync"/> has returned from survives a crash. One run writes to a
/// store at a time; any number may read.
/// </remarks>
public interface ICheckpointStore
{
    /// <summary>Saves a checkpoint; one that already exists for the step is replaced.</summary>
    /// <param name="step">The number of steps done; not negative.</param>
    /// <param name="parts">What to save, in this order: each part's content may depend on those before it having been written.</param>
    /// <param name="cancellationToken">Gives up; nothing is listed then.</param>
    Task SaveAsync(long step, IReadOnlyList<CheckpointPart> parts, CancellationToken cancellationToken = default);

    /// <summary>The steps of all checkpoints, ascending.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Opens a part for reading from its beginning; the caller disposes the stream.</summary>
    /// <param name="step">Which checkpoint.</param>
    /// <param name="part">Which part.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it has no such part.</exception>
    Task<Stream> OpenReadAsync(long step, string part, CancellationToken cancellationToken = default);

    /// <summary>Removes a checkpoint; does nothing where there is none.</summary>
    /// <param name="step">Which one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task DeleteAsync(long step, CancellationToken cancellationToken = default);
}
