using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>A pair as it was counted when it was queued.</summary>
internal readonly record struct QueuedPair(long Count, int Left, int Right);

/// <summary>
/// The pairs, the most frequent first, of equally frequent ones the lexicographically greatest: a heap of four children per
/// node, which share a cache line.
/// </summary>
internal sealed class PairQueue(TokenOrder tokens)
{
    private const int Arity = 4;

    private QueuedPair[] _heap = new QueuedPair[64];

    /// <summary>The number of pairs.</summary>
    public int Count { get; private set; }

    /// <summary>The first pair of a queue that is not empty.</summary>
    public QueuedPair First => _heap[0];

    /// <summary>Adds a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(QueuedPair pair)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, 2 * Count);
        int hole = Count++;
        while (hole > 0)
        {
            int parent = (hole - 1) / Arity;
            if (!IsBefore(pair, _heap[parent])) break;
            _heap[hole] = _heap[parent];
            hole = parent;
        }
        _heap[hole] = pair;
    }

    /// <summary>Removes the first pair.</summary>
    public void RemoveFirst()
    {
        QueuedPair last = _heap[--Count];
        if (Count > 0) ReplaceFirst(last);
    }

    /// <summary>Puts another pair in the place of the first, which goes where it belongs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ReplaceFirst(QueuedPair pair)
    {
        int hole = 0;
        while (true)
        {
            int child = (hole * Arity) + 1;
            if (child >= Count) break;
            int best = child;
            for (int end = Math.Min(child + Arity, Count); ++child < end;)
            {
                if (IsBefore(_heap[child], _heap[best])) best = child;
            }
            if (!IsBefore(_heap[best], pair)) break;
            _heap[hole] = _heap[best];
            hole = best;
        }
        _heap[hole] = pair;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool IsBefore(in QueuedPair x, in QueuedPair y)
    {
        if (x.Count != y.Count) return x.Count > y.Count;
        int byLeft = tokens.Compare(x.Left, y.Left);
        return byLeft != 0 ? byLeft > 0 : tokens.Compare(x.Right, y.Right) > 0;
    }
}
