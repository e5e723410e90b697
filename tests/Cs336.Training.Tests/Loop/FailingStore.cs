namespace Cs336.Training.Tests;

/// <summary>Checkpoints in memory, where what is asked may fail.</summary>
internal sealed class FailingStore : ICheckpointStore
{
    private readonly InMemoryCheckpointStore _inner = new();

    public Action<long>? OnSave { get; set; }

    public Action<long>? OnDelete { get; set; }

    public Action<string>? OnOpen { get; set; }

    public Task SaveAsync(long step, IReadOnlyList<CheckpointPart> parts, CancellationToken cancellationToken = default)
    {
        OnSave?.Invoke(step);
        return _inner.SaveAsync(step, parts, cancellationToken);
    }

    public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default) => _inner.ListAsync(cancellationToken);

    public Task<Stream> OpenReadAsync(long step, string part, CancellationToken cancellationToken = default)
    {
        OnOpen?.Invoke(part);
        return _inner.OpenReadAsync(step, part, cancellationToken);
    }

    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        OnDelete?.Invoke(step);
        return _inner.DeleteAsync(step, cancellationToken);
    }
}
