using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// The ids of pre-tokens met before, in a hash table of bounded size. It belongs to one thread at a time.
/// </summary>
/// <remarks>
/// What limits a cache of this size is memory latency, so an entry is 32 bytes with key and ids together, and the two
/// entries where a pre-token mostly lies share one cache line. A newcomer takes the first of its line, the one that was first becomes
/// the second, and the one that was second goes to a neighbouring line while one has room. Pre-tokens whose ids or bytes do not fit an
/// entry keep them in a <see cref="PreTokenArena"/>. That takes a load more, so ids of 16 bits are kept as such: in many scripts a word
/// is many tokens.
/// <para>
/// Pre-tokens are looked up in batches: the keys go to <see cref="Batch"/>, <see cref="Prepare"/> loads all cache lines where they may
/// lie, so that many loads from memory are under way at once instead of one after the other, and then the ids are written.
/// </para>
/// </remarks>
internal sealed class PreTokenCache
{
    /// <summary>The longest pre-token that is remembered, in bytes.</summary>
    public const int MaxPreTokenLength = 1024;

    /// <summary>The most pre-tokens that are looked up together.</summary>
    public const int BatchSize = 256;

    /// <summary>How many ids an entry writes, whether or not all are its own: so much room there must be beyond the last one.</summary>
    public const int WrittenIds = 8;

    /// <summary>Entries that share a cache line.</summary>
    private const int EntriesPerLine = 2;

    private const int BytesPerLine = 64;
    private const int PageSize = 4096;

    /// <summary>So many neighbouring lines share their room: each also holds what does not fit the others.</summary>
    private const int LinesTogether = 4;

    private const int InArena = 15;
    private const int MinLineBits = 10;

    /// <summary>The bytes that a cache may take without being told otherwise.</summary>
    private const long DefaultBytes = 48 << 20;

    private readonly bool _isNarrow;
    private readonly int _maxLineBits, _maxArenaBytes;
    private readonly PreTokenKey[] _keys = new PreTokenKey[BatchSize];

    // For each key of the batch the first entry of its line.
    private readonly int[] _slots = new int[BatchSize];
    private int _batchCount;
    private ulong[] _memory;
    private int _firstWord;
    private int _lineBits;
    private int _newcomers;
    private PreTokenArena _arena;
    private int _lastKept;

    /// <summary>An empty cache.</summary>
    /// <param name="isNarrow">Whether every id fits 16 bits.</param>
    /// <param name="maxBytes">About how many bytes it may take: two thirds for entries, one for the arena.</param>
    public PreTokenCache(bool isNarrow, long maxBytes = DefaultBytes)
    {
        _isNarrow = isNarrow;
        _maxLineBits = Math.Max(MinLineBits, BitOperations.Log2((ulong)(maxBytes / 3 * 2 / BytesPerLine)));
        _maxArenaBytes = (int)(maxBytes / 3);
        _arena = new PreTokenArena(isNarrow, _maxArenaBytes);
        (_memory, _firstWord) = Allocate(_lineBits = MinLineBits);
    }

    /// <summary>A cache that starts with what another one holds.</summary>
    public PreTokenCache(PreTokenCache other)
    {
        _isNarrow = other._isNarrow;
        _maxLineBits = other._maxLineBits;
        _maxArenaBytes = other._maxArenaBytes;
        _lineBits = other._lineBits;
        (_memory, _firstWord) = Allocate(_lineBits);
        other.Entries.CopyTo(Entries);
        _newcomers = other._newcomers;
        _arena = new PreTokenArena(other._arena);
    }

    /// <summary>Ids that an entry has room for.</summary>
    private int InlineIds => _isNarrow ? 8 : 4;

    /// <summary>Where the keys of the next batch go, before <see cref="Prepare"/>.</summary>
    public Span<PreTokenKey> Batch => _keys;

    /// <summary>The bytes of the table of entries, without the arena.</summary>
    public long TableBytes => (long)BytesPerLine << _lineBits;

    /// <summary>The bytes of the arena.</summary>
    public long ArenaBytes => _arena.Size;

    /// <summary>What the touched cache lines held: nobody reads it, but it keeps the loads from being optimised away.</summary>
    internal ulong Touched { get; private set; }

    private Span<PreTokenEntry> Entries =>
        MemoryMarshal.Cast<ulong, PreTokenEntry>(_memory.AsSpan(_firstWord, (BytesPerLine / sizeof(ulong)) << _lineBits));

    /// <summary>
    /// Starts the look-up of the first keys of <see cref="Batch"/>: finds their places and touches the cache lines there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Prepare(int count)
    {
        _batchCount = count;
        SetSlots();
        // A loop of its own, because the shorter it is, the more of its loads the processor has under way.
        ulong touched = 0;
        ref PreTokenEntry firstEntry = ref MemoryMarshal.GetReference(Entries);
        foreach (int slot in _slots.AsSpan(0, count)) touched += Unsafe.Add(ref firstEntry, slot).Low;
        Touched = touched;
    }

    /// <summary>
    /// Writes the ids of the pre-tokens of the batch from one on, as long as each stands first in its line and has its ids in the entry.
    /// </summary>
    /// <param name="from">The number of the first pre-token to write.</param>
    /// <param name="ids">Room for an id for each byte and <see cref="WrittenIds"/> more.</param>
    /// <param name="written">How many ids were written before, and then in all.</param>
    /// <returns>The number of the first pre-token that was not written; the batch's count where all were.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public int WriteFound(int from, Span<int> ids, ref int written)
    {
        // Without calls all is kept in registers. Checks of bounds cost a twentieth of the time, so they are left out: a slot is
        // a hash shifted to the table's size, and what is written stays within the room.
        ReadOnlySpan<PreTokenKey> keys = _keys.AsSpan(from, _batchCount - from);
        ref PreTokenEntry firstEntry = ref MemoryMarshal.GetReference(Entries);
        ref int firstSlot = ref MemoryMarshal.GetReference(_slots.AsSpan(from, keys.Length));
        ref int next = ref Unsafe.Add(ref MemoryMarshal.GetReference(ids), written);
        int inlineIds = InlineIds;
        bool isNarrow = _isNarrow;
        int sum = written;
        int i = 0;
        for (; i < keys.Length; i++)
        {
            ref readonly PreTokenKey key = ref keys[i];
            ref readonly PreTokenEntry entry = ref Unsafe.Add(ref firstEntry, Unsafe.Add(ref firstSlot, i));
            int count = entry.IdCount;
            if (!entry.Has(key) || count > inlineIds) break;
            entry.Write(ref next, isNarrow);
            next = ref Unsafe.Add(ref next, count);
            sum += count;
        }
        written = sum;
        return from + i;
    }

    /// <summary>As <see cref="Find"/>, for the pre-token of the batch at which <see cref="WriteFound"/> stopped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindInBatch(int number, ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        // Nearly always it is first in its line, and its ids are in the arena.
        ref readonly PreTokenKey key = ref _keys[number];
        ref readonly PreTokenEntry entry = ref Entries[_slots[number]];
        int inArena = entry.Has(key) ? ReadArena(entry, key, preToken, ids) : 0;
        return inArena > 0 ? inArena : Find(key, preToken, ids);
    }

    /// <summary>Writes the ids of a pre-token and returns how many there are: none where it is not in the cache.</summary>
    /// <param name="key">The pre-token's key.</param>
    /// <param name="preToken">Its bytes, of which the key of a long one is only a hash.</param>
    /// <param name="ids">Room for the ids, at least <see cref="WrittenIds"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public int Find(in PreTokenKey key, ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        int first = SlotOf(key);
        Span<PreTokenEntry> entries = Entries;
        if (!entries[first].Has(key))
        {
            int found = first + 1;
            if (!entries[found].Has(key))
            {
                found = FindInNeighbours(entries, first, key);
                if (found < 0) return 0;
            }
            // The one used last comes first: it is found at once the next time, and the others make way for newcomers.
            PreTokenEntry last = entries[found];
            entries[found] = entries[first + 1];
            entries[first + 1] = entries[first];
            entries[first] = last;
        }
        ref readonly PreTokenEntry entry = ref entries[first];
        if (entry.IdCount == InArena) return ReadArena(entry, key, preToken, ids);
        entry.Write(ref MemoryMarshal.GetReference(ids[..WrittenIds]), _isNarrow);
        return entry.IdCount;
    }

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

    /// <summary>As <see cref="Find"/>, for an entry that has the key and whose ids are in the arena.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadArena(in PreTokenEntry entry, in PreTokenKey key, ReadOnlySpan<byte> preToken, Span<int> ids) =>
        _arena.Read(entry.Place, BytesToCompare(key, preToken), ids);

    /// <summary>Remembers the ids of a pre-token that is not in the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in PreTokenKey key, ReadOnlySpan<byte> preToken, ReadOnlySpan<int> ids)
    {
        if (++_newcomers > EntriesPerLine << _lineBits >> 1 && _lineBits < _maxLineBits) Grow();
        PreTokenEntry entry = key.IsPacked && ids.Length <= InlineIds
            ? new PreTokenEntry(key, ids.Length, Pack(ids))
            : new PreTokenEntry(key, InArena, Vector128.CreateScalar(AddToArena(BytesToCompare(key, preToken), ids)));
        Place(Entries, entry);
    }

    /// <summary>
    /// The bytes that have to be kept and compared: none where the key is the pre-token itself, all where it is only a hash.
    /// </summary>
    private static ReadOnlySpan<byte> BytesToCompare(in PreTokenKey key, ReadOnlySpan<byte> preToken) => key.IsPacked ? default : preToken;

    /// <summary>The first entry of the line that a key belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(in PreTokenKey key) => (int)(key.Hash >> (64 - _lineBits)) * EntriesPerLine;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetSlots()
    {
        ReadOnlySpan<PreTokenKey> keys = _keys.AsSpan(0, _batchCount);
        Span<int> slots = _slots.AsSpan(0, keys.Length);
        int shift = 64 - _lineBits;
        for (int i = 0; i < keys.Length; i++) slots[i] = (int)(keys[i].Hash >> shift) * EntriesPerLine;
    }

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
        const int WordsPerLine = BytesPerLine / sizeof(ulong);
        ulong[] memory = GC.AllocateArray<ulong>((WordsPerLine << lineBits) + WordsPerLine, pinned: true);
        // A new page that is read before it is written faults twice, and the second time interrupts the other processors.
        for (int i = 0; i < memory.Length; i += PageSize / sizeof(ulong)) memory[i] = 0;
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return (memory, (int)(-address & (BytesPerLine - 1)) / sizeof(ulong));
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
        // The batch's places were those in the old table.
        SetSlots();
    }

    private int AddToArena(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> ids)
    {
        if (_arena.TryAdd(bytes, ids, out int place)) return place;
        MakeRoomInArena();
        return _arena.TryAdd(bytes, ids, out place) ? place : throw new UnreachableException("There is room after making room.");
    }

    /// <summary>Makes room in the arena: what no entry points to any more goes, and where that is too little, so do some entries.</summary>
    private void MakeRoomInArena()
    {
        PreTokenArena kept = new(_isNarrow, _maxArenaBytes);
        Span<PreTokenEntry> entries = Entries;
        int start = _lastKept;
        for (int i = 0; i < entries.Length; i++)
        {
            // Which entries fit does not depend on their age. Those that do not fit now are the first in turn the next time.
            int index = (start + i) & (entries.Length - 1);
            PreTokenEntry entry = entries[index];
            if (entry.IdCount != InArena) continue;
            bool fits = kept.TryTakeOver(_arena, entry.Place, out int place);
            entries[index] = fits ? new PreTokenEntry(entry.Key, InArena, Vector128.CreateScalar(place)) : default;
            if (fits) _lastKept = index;
        }
        _arena = kept;
    }
}
