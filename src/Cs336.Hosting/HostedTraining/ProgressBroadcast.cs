using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Cs336.Hosting;

/// <summary>Hands each status to every reader, without waiting for any of them.</summary>
internal sealed class ProgressBroadcast(TrainingStatus first)
{
    private const int Backlog = 1_024;
    private readonly Lock _lock = new();
    private readonly List<Channel<TrainingStatus>> _readers = [];
    private bool _ended;

    /// <summary>The latest status.</summary>
    public TrainingStatus Latest { get; private set; } = first;

    /// <summary>Replaces the latest status.</summary>
    public void Publish(TrainingStatus status)
    {
        lock (_lock)
        {
            Latest = status;
            foreach (Channel<TrainingStatus> reader in _readers) reader.Writer.TryWrite(status);
        }
    }

    /// <summary>Ends all readings.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            foreach (Channel<TrainingStatus> reader in _readers) reader.Writer.TryComplete();
        }
    }

    /// <summary>The latest status and all that follow.</summary>
    public async IAsyncEnumerable<TrainingStatus> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<TrainingStatus> channel = Channel.CreateBounded<TrainingStatus>(
            new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_lock)
        {
            channel.Writer.TryWrite(Latest);
            if (_ended) channel.Writer.Complete();
            else _readers.Add(channel);
        }
        try
        {
            await foreach (TrainingStatus status in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return status;
        }
        finally
        {
            lock (_lock) _readers.Remove(channel);
        }
    }
}
