namespace Cs336.Training.Tests;

/// <summary>Checkpoints in memory, where what is asked may fail.</summary>
internal sealed class FailingStore : ICheckpointStore
{
    private readonly InMemoryCheckpointStore _inner = new();

    public Action<long>? OnSave { get; set; }

    public Action<long>? OnDelete { get; set; }

    public Action<string>? OnOpen { get; set; }

    public Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default)
    {
        OnSave?.Invoke(step);
        return _inner.SaveAsync(step, files, cancellationToken);
    }

    public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default) => _inner.ListAsync(cancellationToken);

    public Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default)
    {
        OnOpen?.Invoke(file);
        return _inner.OpenReadAsync(step, file, cancellationToken);
    }

    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        OnDelete?.Invoke(step);
        return _inner.DeleteAsync(step, cancellationToken);
    }
}
