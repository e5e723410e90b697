using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>
/// The hash table of a <see cref="PreTokenCache"/>: entries by key, in lines of two that share a cache line. It grows up to a size, and
/// then forgets.
/// </summary>
/// <remarks>
/// A newcomer takes the first place of its line, the one that was first becomes the second, and the one that was second goes to a
/// neighbouring line while one has room. An entry that is found comes first again.
/// </remarks>
internal sealed class PreTokenTable
{
    /// <summary>Entries that share a cache line.</summary>
    private const int EntriesPerLine = 2;

    private const int BytesPerLine = 64;
    private const int PageSize = 4096;

    /// <summary>So many neighbouring lines share their room: each also holds what does not fit the others.</summary>
    private const int LinesTogether = 4;

    private const int MinLineBits = 10;

    private readonly int _maxLineBits;
    private ulong[] _memory;
    private int _firstWord;
    private int _lineBits;
    private int _newcomers;

    /// <summary>An empty table.</summary>
    /// <param name="maxBytes">About how many bytes it may take.</param>
    public PreTokenTable(long maxBytes)
    {
        _maxLineBits = Math.Max(MinLineBits, BitOperations.Log2((ulong)(maxBytes / BytesPerLine)));
        (_memory, _firstWord) = Allocate(_lineBits = MinLineBits);
    }

    /// <summary>A table that starts with what another one holds.</summary>
    public PreTokenTable(PreTokenTable other)
    {
        _maxLineBits = other._maxLineBits;
        _lineBits = other._lineBits;
        (_memory, _firstWord) = Allocate(_lineBits);
        other.Entries.CopyTo(Entries);
        _newcomers = other._newcomers;
    }

    /// <summary>How many bytes it takes.</summary>
    public long Bytes => (long)BytesPerLine << _lineBits;

    /// <summary>All entries, line by line; their number is a power of two.</summary>
    public Span<PreTokenEntry> Entries =>
        MemoryMarshal.Cast<ulong, PreTokenEntry>(_memory.AsSpan(_firstWord, (BytesPerLine / sizeof(ulong)) << _lineBits));

    /// <summary>Finds for each key the number of the first entry of its line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FindSlots(ReadOnlySpan<PreTokenKey> keys, Span<int> slots)
    {
        slots = slots[..keys.Length];
        int shift = 64 - _lineBits;
        for (int i = 0; i < keys.Length; i++) slots[i] = (int)(keys[i].Hash >> shift) * EntriesPerLine;
    }

    /// <summary>Brings the entry of a key to the first place of its line, whose number it returns; -1 where there is none.</summary>
    /// <remarks>The one used last is found at once the next time, and the others make way for newcomers.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int BringToFront(Span<PreTokenEntry> entries, in PreTokenKey key)
    {
        int first = SlotOf(key);
        if (entries[first].Has(key)) return first;
        int found = first + 1;
        if (!entries[found].Has(key))
        {
            found = FindInNeighbours(entries, first, key);
            if (found < 0) return -1;
        }
        PreTokenEntry last = entries[found];
        entries[found] = entries[first + 1];
        entries[first + 1] = entries[first];
        entries[first] = last;
        return first;
    }

    /// <summary>Makes room for one entry more, for which the table may grow: slots that were found before are then others.</summary>
    /// <returns>Whether it has grown.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MakeRoom()
    {
        if (++_newcomers <= EntriesPerLine << _lineBits >> 1 || _lineBits >= _maxLineBits) return false;
        Grow();
        return true;
    }

    /// <summary>Adds an entry that the table does not have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in PreTokenEntry entry) => Place(Entries, entry);

    /// <summary>The first entry of the line that a key belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(in PreTokenKey key) => (int)(key.Hash >> (64 - _lineBits)) * EntriesPerLine;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FindInNeighbours(ReadOnlySpan<PreTokenEntry> entries, int first, in PreTokenKey key)
    {
        for (int line = 1; line < LinesTogether; line++)
        {
            int place = first ^ (line * EntriesPerLine);
            if (entries[place].Has(key)) return place;
            if (entries[++place].Has(key)) return place;
        }
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Place(Span<PreTokenEntry> entries, in PreTokenEntry entry)
    {
        int first = SlotOf(entry.Key);
        // What has to leave its line goes to a neighbouring one while there is room.
        for (int line = 1; line < LinesTogether && entries[first + 1].IdCount != 0; line++)
        {
            ref PreTokenEntry neighbour = ref entries[(first ^ (line * EntriesPerLine)) + 1];
            if (neighbour.IdCount != 0) continue;
            neighbour = entries[first + 1];
            break;
        }
        entries[first + 1] = entries[first];
        entries[first] = entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Grow()
    {
        ReadOnlySpan<PreTokenEntry> old = Entries;
        _lineBits++;
        (_memory, _firstWord) = Allocate(_lineBits);
        Span<PreTokenEntry> entries = Entries;
        // The second entry of a line is the older one. Placed first, it is the second again where both come to the same line.
        for (int i = old.Length - 1; i >= 0; i--)
        {
            if (old[i].IdCount != 0) Place(entries, old[i]);
        }
    }

    private static (ulong[] Memory, int FirstWord) Allocate(int lineBits)
    {
        // The garbage collector aligns arrays to 8 bytes and never moves a pinned one: starting at a multiple of 64
        // keeps every pair of entries within one cache line.
        const int WordsPerLine = BytesPerLine / sizeof(ulong);
        ulong[] memory = GC.AllocateArray<ulong>((WordsPerLine << lineBits) + WordsPerLine, pinned: true);
        // A new page that is read before it is written faults twice, and the second time interrupts the other processors.
        for (int i = 0; i < memory.Length; i += PageSize / sizeof(ulong)) memory[i] = 0;
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return (memory, (int)(-address & (BytesPerLine - 1)) / sizeof(ulong));
    }
}
