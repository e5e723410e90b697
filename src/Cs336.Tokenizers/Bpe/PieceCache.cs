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

    /// <summary>The most ids that <see cref="Entry.Write"/> writes, whether or not they are the entry's.</summary>
    public const int WrittenIds = 8;

    /// <summary>Entries that share a cache line.</summary>
    public const int EntriesPerLine = 2;

    private const int BytesPerLine = 64;

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

    /// <summary>Whether ids are kept as 16 bits.</summary>
    public bool IsNarrow => _isNarrow;

    /// <summary>Ids that an entry has room for.</summary>
    public int InlineIds => _isNarrow ? 8 : 4;

    /// <summary>Every entry. Valid until the next <see cref="Add"/>.</summary>
    public Span<Entry> Entries =>
        MemoryMarshal.Cast<ulong, Entry>(_memory.AsSpan(_firstWord, (BytesPerLine / sizeof(ulong)) << _lineBits));

    /// <summary>How far to shift <see cref="PieceKey.Hash"/> to the right for the number of its cache line.</summary>
    public int HashShift => 64 - _lineBits;

    /// <summary>Writes the ids of a pre-token and returns how many there are: none where it is not in the cache.</summary>
    /// <param name="key">The key.</param>
    /// <param name="piece">The pre-token.</param>
    /// <param name="ids">Room for the ids, at least <see cref="WrittenIds"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(in PieceKey key, ReadOnlySpan<byte> piece, Span<int> ids)
    {
        int first = (int)(key.Hash >> HashShift) * EntriesPerLine;
        Span<Entry> entries = Entries;
        if (!entries[first].Has(key))
        {
            int found = first + 1;
            if (!entries[found].Has(key))
            {
                found = FindBeside(entries, first, key);
                if (found < 0) return 0;
            }
            // The one used last comes first: it is found at once the next time, and the others make way for newcomers.
            Entry last = entries[found];
            entries[found] = entries[first + 1];
            entries[first + 1] = entries[first];
            entries[first] = last;
        }
        ref readonly Entry entry = ref entries[first];
        if (entry.IdCount == InArena) return ReadArena(entry, key, piece, ids);
        entry.Write(ref MemoryMarshal.GetReference(ids[..WrittenIds]), _isNarrow);
        return entry.IdCount;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FindBeside(ReadOnlySpan<Entry> entries, int first, in PieceKey key)
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
    public int ReadArena(in Entry entry, in PieceKey key, ReadOnlySpan<byte> piece, Span<int> ids) =>
        _arena.Read(entry.Place, BytesApart(key, piece), ids);

    /// <summary>Remembers the ids of a pre-token that is not in the cache. The table may be another one afterwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in PieceKey key, ReadOnlySpan<byte> piece, ReadOnlySpan<int> ids)
    {
        if (++_newcomers > EntriesPerLine << _lineBits >> 1 && _lineBits < LargestLineBits) Grow();
        Entry entry = key.IsPacked && ids.Length <= InlineIds
            ? new Entry(key, ids.Length, Pack(ids))
            : new Entry(key, InArena, Vector128.CreateScalar(AddToArena(BytesApart(key, piece), ids)));
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
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return (memory, (int)(-address & (BytesPerLine - 1)) / sizeof(ulong));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Place(Span<Entry> entries, in Entry entry)
    {
        int first = (int)(entry.Key.Hash >> HashShift) * EntriesPerLine;
        // What has to leave its line goes to one beside it while there is room.
        for (int line = 1; line < LinesTogether; line++)
        {
            ref Entry beside = ref entries[(first ^ (line * EntriesPerLine)) + 1];
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
        ReadOnlySpan<Entry> old = Entries;
        _lineBits++;
        (_memory, _firstWord) = Allocate(_lineBits);
        Span<Entry> entries = Entries;
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
        Span<Entry> entries = Entries;
        int start = _lastKept;
        for (int i = 0; i < entries.Length; i++)
        {
            // Which entries do not fit any more has nothing to do with their age, but the next time they are the first to fit.
            int index = (start + i) & (entries.Length - 1);
            Entry entry = entries[index];
            if (entry.IdCount != InArena) continue;
            bool fits = kept.TryTakeOver(_arena, entry.Place, out int place);
            entries[index] = fits ? new Entry(entry.Key, InArena, Vector128.CreateScalar(place)) : default;
            if (fits) _lastKept = index;
        }
        _arena = kept;
    }

    /// <summary>One remembered pre-token. An unused entry is all 0 and has the key of none.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Entry
    {
        private const int CountShift = 60;
        private readonly ulong _low;
        private readonly ulong _highAndCount;

        private readonly Vector128<int> _ids;

        public Entry(in PieceKey key, int count, Vector128<int> ids)
        {
            _low = key.Low;
            _highAndCount = key.High | ((ulong)count << CountShift);
            _ids = ids;
        }

        /// <summary>Where in the arena the ids of an entry are that does not have them itself.</summary>
        public int Place => _ids.ToScalar();

        public int IdCount => (int)(_highAndCount >> CountShift);

        public ulong Low => _low;

        public PieceKey Key => new(_low, _highAndCount << 4 >> 4);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Has(in PieceKey key) => ((_low ^ key.Low) | ((_highAndCount ^ key.High) << 4)) == 0;

        /// <summary>Writes the ids of an entry that has them itself, and up to <see cref="WrittenIds"/> numbers in all.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Write(ref int first, bool isNarrow)
        {
            if (!isNarrow)
            {
                _ids.StoreUnsafe(ref first);
            }
            else if (Vector128.IsHardwareAccelerated)
            {
                (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(_ids.AsUInt16());
                lower.AsInt32().StoreUnsafe(ref first);
                upper.AsInt32().StoreUnsafe(ref first, 4);
            }
            else
            {
                ref ushort ids = ref Unsafe.As<Vector128<int>, ushort>(ref Unsafe.AsRef(in _ids));
                for (int i = 0; i < IdCount; i++) Unsafe.Add(ref first, i) = Unsafe.Add(ref ids, i);
            }
        }
    }
}
