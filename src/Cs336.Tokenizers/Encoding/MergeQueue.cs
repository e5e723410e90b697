using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>The merges that may be applied to one long pre-token: the lowest rank first, and of equal ones the leftmost. A heap.</summary>
internal sealed class MergeQueue
{
    // A 4-ary heap is half as deep as a binary one and its four children share a cache line. The key holds rank and
    // position, so that one comparison orders both.
    private const int Arity = 4;
    private const int MaxKept = 4096;

    private ulong[] _heap = new ulong[MaxKept];
    private int _count;

    /// <summary>Empties the queue, and lets go of memory that only a huge pre-token needed.</summary>
    public void Clear()
    {
        _count = 0;
        if (_heap.Length > MaxKept) _heap = new ulong[MaxKept];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int rank, int position)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, (int)Math.Min(Array.MaxLength, 2L * _count));
        ulong key = ((ulong)(uint)rank << 32) | (uint)position;
        ulong[] heap = _heap;
        int hole = _count++;
        while (hole > 0)
        {
            int parent = (hole - 1) / Arity;
            if (heap[parent] <= key) break;
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = key;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryTake(out int rank, out int position)
    {
        if (_count == 0)
        {
            rank = position = 0;
            return false;
        }
        ulong[] heap = _heap;
        rank = (int)(heap[0] >> 32);
        position = (int)heap[0];
        ulong key = heap[--_count];
        int hole = 0;
        while (true)
        {
            int first = (hole * Arity) + 1;
            if (first >= _count) break;
            int lowest = first;
            int end = Math.Min(first + Arity, _count);
            for (int child = first + 1; child < end; child++)
            {
                if (heap[child] < heap[lowest]) lowest = child;
            }
            if (heap[lowest] >= key) break;
            heap[hole] = heap[lowest];
            hole = lowest;
        }
        heap[hole] = key;
        return true;
    }
}
