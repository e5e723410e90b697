using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Asks for the rows of the next block while vectors are multiplied with those of this one: each group of vectors for a share of
/// them, so that the memory and the arithmetic are busy at the same time.
/// </summary>
internal readonly unsafe struct BlockPrefetch
{
    private readonly long _begin, _bytes;

    /// <summary>What one of the groups asks for.</summary>
    /// <param name="rowBytes">Bytes per row.</param>
    /// <param name="blockRows">Rows per block.</param>
    /// <param name="tileRows">Rows that are multiplied at a time.</param>
    /// <param name="group">Which group of vectors it is, from 0.</param>
    /// <param name="groups">How many there are.</param>
    public BlockPrefetch(long rowBytes, int blockRows, int tileRows, int group, int groups)
    {
        long lines = ((tileRows * rowBytes) + CacheLines.Size - 1) / CacheLines.Size;
        long first = lines * group / groups, end = lines * (group + 1) / groups;
        _begin = (blockRows * rowBytes) + (first * CacheLines.Size);
        _bytes = (end - first) * CacheLines.Size;
    }

    /// <summary>Asks for the group's share of the rows that lie a block further on than a tile's.</summary>
    /// <param name="row">The tile's first row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(byte* row) => CacheLines.AskFar(row + _begin, _bytes);
}
