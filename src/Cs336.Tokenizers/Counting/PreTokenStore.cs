using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Counts of more pre-tokens than threads hold in tables of their own: as records of some ten bytes in memory, or in
/// files where they take more than they may. All threads add to it. A pre-token always goes to the same shard, so that
/// each shard is added up by itself.
/// </summary>
/// <param name="maxBytes">What may stay in memory.</param>
internal sealed class PreTokenStore(long maxBytes) : IPreTokenCollection
{
    private const int ShardBits = 6;

    private readonly PagePool _pool = new();
    private readonly PreTokenShard?[] _shards = new PreTokenShard?[1 << ShardBits];
    private readonly Lock[] _gates = [.. Enumerable.Range(0, 1 << ShardBits).Select(_ => new Lock())];
    private readonly PreTokenCounts _empty = new();
    private long _fileBytes;

    public bool IsEmpty => Array.TrueForAll(_shards, shard => shard is null);

    /// <summary>What the files hold.</summary>
    public long FileBytes => Interlocked.Read(ref _fileBytes);

    /// <summary>Moves counts here: they count nothing afterwards.</summary>
    /// <param name="counts">What one thread has counted.</param>
    /// <param name="empty">Empty counts, in which this thread can add up.</param>
    public void Take(PreTokenCounts counts, PreTokenCounts empty)
    {
        Writer writer = new(this);
        counts.Visit(ref writer);
        counts.Clear();
        bool spill = _pool.RentedBytes > maxBytes;
        for (int i = 0; i < _shards.Length; i++)
        {
            lock (_gates[i])
            {
                if (_shards[i] is not PreTokenShard shard) continue;
                if (shard.IsDue) shard.AddUp(empty);
                if (spill) Interlocked.Add(ref _fileBytes, shard.Spill());
            }
        }
    }

    /// <summary>Adds up all shards, on several threads. Only then may they be visited.</summary>
    public void AddUp(int threads) => Parallel.ForEach(
        _shards, new ParallelOptions { MaxDegreeOfParallelism = threads }, () => new PreTokenCounts(),
        (shard, _, empty) =>
        {
            shard?.AddUp(empty);
            return empty;
        },
        _ => { });

    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        foreach (PreTokenShard? shard in _shards) shard?.Visit(ref visitor, _empty);
    }

    /// <summary>Forgets all counts and deletes the files, which frees their memory even while callers still refer to this.</summary>
    public void Dispose()
    {
        foreach (PreTokenShard? shard in _shards) shard?.Dispose();
        Array.Clear(_shards);
        _pool.Clear();
        _empty.Dispose();
    }

    private void Add(ReadOnlySpan<byte> preToken, long count)
    {
        int shard = (int)(PreTokenCounts.Hash(preToken) >> (32 - ShardBits));
        lock (_gates[shard]) (_shards[shard] ??= new PreTokenShard(_pool)).Add(preToken, count);
    }

    private readonly struct Writer(PreTokenStore store) : IPreTokenVisitor
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Visit(ReadOnlySpan<byte> preToken, long count) => store.Add(preToken, count);
    }
}
