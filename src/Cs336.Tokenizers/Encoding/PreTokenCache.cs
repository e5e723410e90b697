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
/// entries where a pre-token mostly lies share one cache line of the <see cref="PreTokenTable"/>. Pre-tokens whose ids or bytes do not fit
/// an entry keep them in a <see cref="PreTokenArena"/>. That takes a load more, so ids of 16 bits are kept as such: in many scripts a word
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

    private const int InArena = 15;

    /// <summary>The bytes that a cache may take without being told otherwise.</summary>
    private const long DefaultBytes = 48 << 20;

    private readonly bool _isNarrow;
    private readonly int _maxArenaBytes;
    private readonly PreTokenTable _table;
    private readonly PreTokenKey[] _keys = new PreTokenKey[BatchSize];

    // For each key of the batch the first entry of its line in the table.
    private readonly int[] _slots = new int[BatchSize];
    private int _batchCount;
    private PreTokenArena _arena;
    private int _lastKept;

    /// <summary>An empty cache.</summary>
    /// <param name="isNarrow">Whether every id fits 16 bits.</param>
    /// <param name="maxBytes">About how many bytes it may take: two thirds for entries, one for the arena.</param>
    public PreTokenCache(bool isNarrow, long maxBytes = DefaultBytes)
    {
        _isNarrow = isNarrow;
        _table = new PreTokenTable(maxBytes / 3 * 2);
        _maxArenaBytes = (int)(maxBytes / 3);
        _arena = new PreTokenArena(isNarrow, _maxArenaBytes);
    }

    /// <summary>A cache that starts with what another one holds.</summary>
    public PreTokenCache(PreTokenCache other)
    {
        _isNarrow = other._isNarrow;
        _table = new PreTokenTable(other._table);
        _maxArenaBytes = other._maxArenaBytes;
        _arena = new PreTokenArena(other._arena);
    }

    /// <summary>Ids that an entry has room for.</summary>
    private int InlineIds => _isNarrow ? 8 : 4;

    /// <summary>Where the keys of the next batch go, before <see cref="Prepare"/>.</summary>
    public Span<PreTokenKey> Batch => _keys;

    /// <summary>The bytes of the table of entries, without the arena.</summary>
    public long TableBytes => _table.Bytes;

    /// <summary>The bytes of the arena.</summary>
    public long ArenaBytes => _arena.Size;

    /// <summary>What the touched cache lines held: nobody reads it, but it keeps the loads from being optimised away.</summary>
    internal ulong Touched { get; private set; }

    /// <summary>
    /// Starts the look-up of the first keys of <see cref="Batch"/>: finds their places and touches the cache lines there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Prepare(int count)
    {
        _batchCount = count;
        _table.FindSlots(_keys.AsSpan(0, count), _slots);
        // A loop of its own, because the shorter it is, the more of its loads the processor has under way.
        ulong touched = 0;
        ref PreTokenEntry firstEntry = ref MemoryMarshal.GetReference(_table.Entries);
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
        ref PreTokenEntry firstEntry = ref MemoryMarshal.GetReference(_table.Entries);
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
        ref readonly PreTokenEntry entry = ref _table.Entries[_slots[number]];
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
        Span<PreTokenEntry> entries = _table.Entries;
        int first = _table.BringToFront(entries, key);
        if (first < 0) return 0;
        ref readonly PreTokenEntry entry = ref entries[first];
        if (entry.IdCount == InArena) return ReadArena(entry, key, preToken, ids);
        entry.Write(ref MemoryMarshal.GetReference(ids[..WrittenIds]), _isNarrow);
        return entry.IdCount;
    }

    /// <summary>As <see cref="Find"/>, for an entry that has the key and whose ids are in the arena.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadArena(in PreTokenEntry entry, in PreTokenKey key, ReadOnlySpan<byte> preToken, Span<int> ids) =>
        _arena.Read(entry.Place, BytesToCompare(key, preToken), ids);

    /// <summary>Remembers the ids of a pre-token that is not in the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in PreTokenKey key, ReadOnlySpan<byte> preToken, ReadOnlySpan<int> ids)
    {
        // Where the table has grown, the batch's places were those in the old one.
        if (_table.MakeRoom()) _table.FindSlots(_keys.AsSpan(0, _batchCount), _slots);
        PreTokenEntry entry = key.IsPacked && ids.Length <= InlineIds
            ? new PreTokenEntry(key, ids.Length, Pack(ids))
            : new PreTokenEntry(key, InArena, Vector128.CreateScalar(AddToArena(BytesToCompare(key, preToken), ids)));
        _table.Add(entry);
    }

    /// <summary>
    /// The bytes that have to be kept and compared: none where the key is the pre-token itself, all where it is only a hash.
    /// </summary>
    private static ReadOnlySpan<byte> BytesToCompare(in PreTokenKey key, ReadOnlySpan<byte> preToken) => key.IsPacked ? default : preToken;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector128<int> Pack(ReadOnlySpan<int> ids)
    {
        Vector128<int> packed = default;
        Span<Vector128<int>> bytes = new(ref packed);
        if (!_isNarrow) ids.CopyTo(MemoryMarshal.Cast<Vector128<int>, int>(bytes));
        else for (int i = 0; i < ids.Length; i++) MemoryMarshal.Cast<Vector128<int>, ushort>(bytes)[i] = (ushort)ids[i];
        return packed;
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
        Span<PreTokenEntry> entries = _table.Entries;
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
