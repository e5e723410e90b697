using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// The ids of pre-tokens met before, in a hash table of bounded size. It belongs to one thread at a time.
/// </summary>
/// <remarks>
/// What limits a cache of this size is memory latency, so an entry is 32 bytes with key and ids together, and the two
/// entries where a pre-token mostly lies share one cache line. A newcomer takes the first and moves what was there to the
/// second, and what was there to a line beside it while one has room. The pre-tokens whose ids or bytes do not fit keep
/// them in a <see cref="PieceArena"/>. That takes a load more, so ids of 16 bits are kept as such: in many scripts a word is many tokens.
/// </remarks>
internal sealed class PieceCache
{
    /// <summary>The longest pre-token that is remembered, in bytes.</summary>
    public const int LongestPiece = 1024;

    /// <summary>The most ids that <see cref="PieceEntry.Write"/> writes, whether or not they are the entry's.</summary>
    public const int WrittenIds = 8;

    /// <summary>Entries that share a cache line.</summary>
    public const int EntriesPerLine = 2;

    private const int BytesPerLine = 64;
    private const int PageSize = 4096;

    /// <summary>Neighbouring lines of which each holds what does not fit the others.</summary>
    private const int LinesTogether = 4;

    private const int InArena = 15;
    private const int SmallestLineBits = 10;
    private const int LargestLineBits = 19;

    private readonly bool _isNarrow;
    private ulong[] _memory;
    private int _firstWord;
    private int _lineBits;
    private int _newcomers;
    private PieceArena _arena;
    private int _lastKept;

    /// <summary>An empty cache.</summary>
    /// <param name="isNarrow">Whether every id fits 16 bits.</param>
    public PieceCache(bool isNarrow)
    {
        _isNarrow = isNarrow;
        _arena = new PieceArena(isNarrow);
        (_memory, _firstWord) = Allocate(_lineBits = SmallestLineBits);
    }

    /// <summary>A cache that starts with what another one holds.</summary>
    public PieceCache(PieceCache other)
    {
        _isNarrow = other._isNarrow;
        _lineBits = other._lineBits;
        (_memory, _firstWord) = Allocate(_lineBits);
        other.Entries.CopyTo(Entries);
        _newcomers = other._newcomers;
        _arena = new PieceArena(other._arena);
    }

    /// <summary>Ids that an entry has room for.</summary>
    private int InlineIds => _isNarrow ? 8 : 4;

    /// <summary>Every entry. Valid until the next <see cref="Add"/>.</summary>
    public Span<PieceEntry> Entries =>
        MemoryMarshal.Cast<ulong, PieceEntry>(_memory.AsSpan(_firstWord, (BytesPerLine / sizeof(ulong)) << _lineBits));

    /// <summary>How far to shift <see cref="PieceKey.Hash"/> to the right for the number of its cache line.</summary>
    public int HashShift => 64 - _lineBits;

    /// <summary>Writes the ids of the first pre-tokens, as long as each is the first of its line and has its ids there, and returns how many are.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="slots">The first entry of each one's line.</param>
    /// <param name="ids">Room for an id for each byte and <see cref="WrittenIds"/> more.</param>
    /// <param name="written">How many ids were written before, and then in all.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public int WriteFound(ReadOnlySpan<PieceKey> keys, ReadOnlySpan<int> slots, Span<int> ids, ref int written)
    {
        // Without calls all is kept in registers. Checks of bounds cost a twentieth of the time, so they are left out: a slot is
        // a hash shifted to the table's size, and what is written stays within the room.
        ref PieceEntry firstEntry = ref MemoryMarshal.GetReference(Entries);
        ref int firstSlot = ref MemoryMarshal.GetReference(slots);
        ref int next = ref Unsafe.Add(ref MemoryMarshal.GetReference(ids), written);
        int inlineIds = InlineIds;
        bool isNarrow = _isNarrow;
        int sum = written;
        int i = 0;
        for (; i < keys.Length; i++)
        {
            ref readonly PieceKey key = ref keys[i];
            ref readonly PieceEntry entry = ref Unsafe.Add(ref firstEntry, Unsafe.Add(ref firstSlot, i));
            int count = entry.IdCount;
            if (!entry.Has(key) || count > inlineIds) break;
            entry.Write(ref next, isNarrow);
            next = ref Unsafe.Add(ref next, count);
            sum += count;
        }
        written = sum;
        return i;
    }

    /// <summary>Writes the ids of a pre-token and returns how many there are: none where it is not in the cache.</summary>
    /// <param name="key">The key.</param>
    /// <param name="piece">The pre-token.</param>
    /// <param name="ids">Room for the ids, at least <see cref="WrittenIds"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(in PieceKey key, ReadOnlySpan<byte> piece, Span<int> ids)
    {
        int first = (int)(key.Hash >> HashShift) * EntriesPerLine;
        Span<PieceEntry> entries = Entries;
        if (!entries[first].Has(key))
        {
            int found = first + 1;
            if (!entries[found].Has(key))
            {
                found = FindBeside(entries, first, key);
                if (found < 0) return 0;
            }
            // The one used last comes first: it is found at once the next time, and the others make way for newcomers.
            PieceEntry last = entries[found];
            entries[found] = entries[first + 1];
            entries[first + 1] = entries[first];
            entries[first] = last;
        }
        ref readonly PieceEntry entry = ref entries[first];
        if (entry.IdCount == InArena) return ReadArena(entry, key, piece, ids);
        entry.Write(ref MemoryMarshal.GetReference(ids[..WrittenIds]), _isNarrow);
        return entry.IdCount;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FindBeside(ReadOnlySpan<PieceEntry> entries, int first, in PieceKey key)
    {
        for (int line = 1; line < LinesTogether; line++)
        {
            int place = first ^ (line * EntriesPerLine);
            if (entries[place].Has(key)) return place;
            if (entries[++place].Has(key)) return place;
        }
        return -1;
    }

    /// <summary>As <see cref="Find"/>, for an entry that has the key but not the ids itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadArena(in PieceEntry entry, in PieceKey key, ReadOnlySpan<byte> piece, Span<int> ids) =>
        _arena.Read(entry.Place, BytesApart(key, piece), ids);

    /// <summary>Remembers the ids of a pre-token that is not in the cache. The table may be another one afterwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in PieceKey key, ReadOnlySpan<byte> piece, ReadOnlySpan<int> ids)
    {
        if (++_newcomers > EntriesPerLine << _lineBits >> 1 && _lineBits < LargestLineBits) Grow();
        PieceEntry entry = key.IsPacked && ids.Length <= InlineIds
            ? new PieceEntry(key, ids.Length, Pack(ids))
            : new PieceEntry(key, InArena, Vector128.CreateScalar(AddToArena(BytesApart(key, piece), ids)));
        Place(Entries, entry);
    }

    /// <summary>The bytes that have to be kept and compared: where the key is only a hash, another pre-token's may be the same.</summary>
    private static ReadOnlySpan<byte> BytesApart(in PieceKey key, ReadOnlySpan<byte> piece) => key.IsPacked ? default : piece;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector128<int> Pack(ReadOnlySpan<int> ids)
    {
        Vector128<int> packed = default;
        Span<Vector128<int>> bytes = new(ref packed);
        if (!_isNarrow) ids.CopyTo(MemoryMarshal.Cast<Vector128<int>, int>(bytes));
        else for (int i = 0; i < ids.Length; i++) MemoryMarshal.Cast<Vector128<int>, ushort>(bytes)[i] = (ushort)ids[i];
        return packed;
    }

    private static (ulong[] Memory, int FirstWord) Allocate(int lineBits)
    {
        // The garbage collector aligns arrays to 8 bytes and never moves a pinned one: starting at a multiple of 64
        // keeps every pair of entries within one cache line.
        ulong[] memory = GC.AllocateArray<ulong>(((BytesPerLine / sizeof(ulong)) << lineBits) + (BytesPerLine / sizeof(ulong)), pinned: true);
        // A new page that is read before it is written faults twice, and the second time interrupts the other processors.
        for (int i = 0; i < memory.Length; i += PageSize / sizeof(ulong)) memory[i] = 0;
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return (memory, (int)(-address & (BytesPerLine - 1)) / sizeof(ulong));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Place(Span<PieceEntry> entries, in PieceEntry entry)
    {
        int first = (int)(entry.Key.Hash >> HashShift) * EntriesPerLine;
        // What has to leave its line goes to one beside it while there is room.
        for (int line = 1; line < LinesTogether; line++)
        {
            ref PieceEntry beside = ref entries[(first ^ (line * EntriesPerLine)) + 1];
            if (beside.IdCount != 0) continue;
            beside = entries[first + 1];
            break;
        }
        entries[first + 1] = entries[first];
        entries[first] = entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Grow()
    {
        ReadOnlySpan<PieceEntry> old = Entries;
        _lineBits++;
        (_memory, _firstWord) = Allocate(_lineBits);
        Span<PieceEntry> entries = Entries;
        // The second of a pair is the older: placed first, it stays the second where both come together again.
        for (int i = old.Length - 1; i >= 0; i--)
        {
            if (old[i].IdCount != 0) Place(entries, old[i]);
        }
    }

    private int AddToArena(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> ids)
    {
        if (_arena.TryAdd(bytes, ids, out int place)) return place;
        DropForgotten();
        return _arena.TryAdd(bytes, ids, out place) ? place : throw new UnreachableException("There is room after making room.");
    }

    /// <summary>Makes room in the arena: what no entry points to any more goes, and where that is too little, so do some entries.</summary>
    private void DropForgotten()
    {
        PieceArena kept = new(_isNarrow);
        Span<PieceEntry> entries = Entries;
        int start = _lastKept;
        for (int i = 0; i < entries.Length; i++)
        {
            // Which entries do not fit any more has nothing to do with their age, but the next time they are the first to fit.
            int index = (start + i) & (entries.Length - 1);
            PieceEntry entry = entries[index];
            if (entry.IdCount != InArena) continue;
            bool fits = kept.TryTakeOver(_arena, entry.Place, out int place);
            entries[index] = fits ? new PieceEntry(entry.Key, InArena, Vector128.CreateScalar(place)) : default;
            if (fits) _lastKept = index;
        }
        _arena = kept;
    }
}
