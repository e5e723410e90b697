namespace Cs336.Training;

/// <summary>Keeps checkpoints in memory, for tests and for runs that need none beyond the process.</summary>
public sealed class InMemoryCheckpointStore : ICheckpointStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Dictionary<string, byte[]>> _checkpoints = [];

    /// <inheritdoc/>
    public Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentNullException.ThrowIfNull(files);
        Dictionary<string, byte[]> contents = [];
        foreach (CheckpointFile file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            MemoryStream content = new();
            file.WriteTo(content);
            contents.Add(file.Name, content.ToArray());
        }
        lock (_lock) _checkpoints[step] = contents;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<long>>([.. _checkpoints.Keys]);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!_checkpoints.TryGetValue(step, out Dictionary<string, byte[]>? files) || !files.TryGetValue(file, out byte[]? content))
                throw new FileNotFoundException($"There is no file '{file}' of a checkpoint of step {step} in memory.", file);
            return Task.FromResult<Stream>(new MemoryStream(content, writable: false));
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        lock (_lock) _checkpoints.Remove(step);
        return Task.CompletedTask;
    }
}
