namespace Cs336.Training;

/// <summary>
/// Keeps checkpoints: sets of named files, one set per training step. A store knows nothing of what the files mean; checksums
/// are among the files and verified by the trainer, so that a store on a disk, in a database or in a blob container is equally safe.
/// </summary>
/// <remarks>
/// What an implementation must hold to: a save is all or nothing (after a crash at any moment the checkpoint is listed with all
/// its files or not listed at all), and what <see cref="SaveAsync"/> has returned from survives a crash. One run writes to a
/// store at a time; any number may read.
/// </remarks>
public interface ICheckpointStore
{
    /// <summary>Saves a checkpoint; one that already exists for the step is replaced.</summary>
    /// <param name="step">The number of steps done; not negative.</param>
    /// <param name="files">What to save, in this order: each file's content may depend on those before it having been written.</param>
    /// <param name="cancellationToken">Gives up; nothing is listed then.</param>
    Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default);

    /// <summary>The steps of all checkpoints, ascending.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Opens a file for reading from its beginning; the caller disposes the stream.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it has no such file.</exception>
    Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default);

    /// <summary>Removes a checkpoint; does nothing where there is none.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task DeleteAsync(long step, CancellationToken cancellationToken = default);
}
