using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>A list of places in a <see cref="SymbolArena{TSymbol}"/>.</summary>
internal record struct OccurrenceList(int Chunk, int Start, int Length);

/// <summary>Keeps lists of places, each of a length known beforehand, one after the other in large chunks.</summary>
internal sealed class OccurrenceLists
{
    private const int ChunkSize = 1 << 16;

    private readonly List<int[]> _chunks = [];
    private readonly List<int> _used = []; // of each chunk, how many places belong to lists that have not been given up
    private int _open = -1; // the chunk that new short lists go to
    private int _openNext; // where in it the next list begins

    /// <summary>Makes a list, to be filled by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public OccurrenceList Allocate(int length)
    {
        if (length > ChunkSize / 4)
        {
            _chunks.Add(GC.AllocateUninitializedArray<int>(length));
            _used.Add(length);
            return new OccurrenceList(_chunks.Count - 1, 0, length);
        }
        if (_open < 0 || _openNext + length > ChunkSize)
        {
            _chunks.Add(GC.AllocateUninitializedArray<int>(ChunkSize));
            _used.Add(0);
            _open = _chunks.Count - 1;
            _openNext = 0;
        }
        OccurrenceList list = new(_open, _openNext, length);
        _used[_open] += length;
        _openNext += length;
        return list;
    }

    /// <summary>The places of a list.</summary>
    public Span<int> this[OccurrenceList list] => _chunks[list.Chunk].AsSpan(list.Start, list.Length);

    /// <summary>Writes a place into the first element that is unwritten, and takes that element off <paramref name="unwritten"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ref OccurrenceList unwritten, int place)
    {
        _chunks[unwritten.Chunk][unwritten.Start++] = place;
        unwritten.Length--;
    }

    /// <summary>Gives a list up; the memory of a chunk is free when all its lists have gone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Release(OccurrenceList list)
    {
        if (list.Length == 0) return;
        _used[list.Chunk] -= list.Length;
        if (_used[list.Chunk] == 0 && list.Chunk != _open) _chunks[list.Chunk] = [];
    }
}
