using Cs336.Training;

namespace Soak;

/// <summary>Checkpoints on the disk whose saves, before or after the work is done, and removals fail now and then.</summary>
internal sealed class FaultyStore(ICheckpointStore inner, Faults faults) : ICheckpointStore
{
    public async Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default)
    {
        faults.MayThrow("save of a checkpoint", 16);
        await inner.SaveAsync(step, files, cancellationToken);
        faults.MayThrow("save of a checkpoint, done nevertheless", 32);
    }

    public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default) => inner.ListAsync(cancellationToken);

    public Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default) =>
        inner.OpenReadAsync(step, file, cancellationToken);

    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        faults.MayThrow("removal of a checkpoint", 8);
        return inner.DeleteAsync(step, cancellationToken);
    }
}
