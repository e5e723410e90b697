using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>The merges that may be applied to one long pre-token: the lowest rank first, and of equal ones the leftmost.</summary>
internal sealed class MergeQueue
{
    private const int MaxKept = 4096;

    // A key holds rank and position, so that one comparison orders both.
    private Heap<ulong, LowestFirst> _keys = new(default, MaxKept);

    /// <summary>Empties the queue, and lets go of memory that only a huge pre-token needed.</summary>
    public void Clear()
    {
        if (_keys.Capacity > MaxKept) _keys = new Heap<ulong, LowestFirst>(default, MaxKept);
        else _keys.Clear();
    }

    /// <summary>Adds a merge.</summary>
    /// <param name="rank">Its rank, from 0.</param>
    /// <param name="position">Where its left symbol begins in the pre-token, in bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int rank, int position) => _keys.Add(((ulong)(uint)rank << 32) | (uint)position);

    /// <summary>Removes the first merge; false where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out int rank, out int position)
    {
        if (_keys.Count == 0)
        {
            rank = position = 0;
            return false;
        }
        ulong key = _keys.First;
        (rank, position) = ((int)(key >> 32), (int)key);
        _keys.RemoveFirst();
        return true;
    }

    private readonly struct LowestFirst : IHeapOrder<ulong>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(in ulong x, in ulong y) => x < y;
    }
}
