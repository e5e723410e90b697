using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Inference;

/// <summary>
/// Asks for the rows of the next block while vectors are multiplied with those of this one: each group of vectors for a part of
/// them, so that the memory and the arithmetic are busy at the same time.
/// </summary>
internal readonly unsafe struct Prefetch
{
    private const int Line = 64;
    private readonly long _begin, _end;

    /// <summary>What one of the groups asks for.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    /// <param name="blockRows">Rows of a block.</param>
    /// <param name="tileRows">Rows that are multiplied at a time.</param>
    /// <param name="group">Which group of vectors it is, from 0.</param>
    /// <param name="groups">How many there are.</param>
    public Prefetch(long rowBytes, int blockRows, int tileRows, int group, int groups)
    {
        long lines = ((tileRows * rowBytes) + Line - 1) / Line;
        _begin = (blockRows * rowBytes) + (lines * group / groups * Line);
        _end = (blockRows * rowBytes) + (lines * (group + 1) / groups * Line);
    }

    /// <summary>Asks for the group's part of the rows that lie a block further on than a tile's.</summary>
    /// <param name="row">The tile's first row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(byte* row)
    {
        if (!Sse.IsSupported) return;
        for (long at = _begin; at < _end; at += Line) Sse.Prefetch1(row + at);
    }
}
