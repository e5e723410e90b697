using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>A pair of neighbouring symbols.</summary>
internal struct PairEntry
{
    /// <summary>The pair as <see cref="PairTable.Key"/> writes it, or 0 where the entry is empty.</summary>
    public ulong Key;

    /// <summary>How often the pair stands in the corpus.</summary>
    public long Count;

    /// <summary>Where it stands, or stood once, in rising order.</summary>
    public OccurrenceList Occurrences;

    public readonly int Left => (int)(Key >> 32) - 1;

    public readonly int Right => (int)(uint)Key;
}

/// <summary>The pairs and their counts: open addressing.</summary>
internal sealed class PairTable
{
    private PairEntry[] _entries = new PairEntry[1 << 10];
    private int _shift = 64 - 10;
    private int _count;
    private ulong _touched; // nobody reads it, but it keeps the loads from being optimised away

    /// <summary>All entries, empty ones among them.</summary>
    public Span<PairEntry> Entries => _entries;

    public static ulong Key(int left, int right) => ((ulong)(uint)(left + 1) << 32) | (uint)right;

    /// <summary>Loads the cache lines where pairs are or would be, all together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Touch(ReadOnlySpan<ulong> keys)
    {
        ulong touched = 0;
        foreach (ulong key in keys) touched ^= _entries[Slot(key)].Key;
        _touched = touched;
    }

    /// <summary>The entry of a pair that is there.</summary>
    public ref PairEntry this[ulong key] => ref Find(key);

    /// <summary>The entry of a pair that may be new; <see cref="Reserve"/> must have made room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ref PairEntry GetOrAdd(ulong key)
    {
        ref PairEntry entry = ref Find(key);
        if (entry.Key == 0)
        {
            entry.Key = key;
            _count++;
        }
        return ref entry;
    }

    /// <summary>Makes room for new pairs.</summary>
    /// <param name="more">The most pairs that come to the table before the next call.</param>
    /// <param name="minCount">Pairs of a lower count are dropped where there is no room.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Reserve(int more, long minCount)
    {
        if ((_count + (long)more) * 8 / 5 <= _entries.Length) return;
        PairEntry[] old = _entries;
        _count = 0;
        foreach (ref readonly PairEntry entry in old.AsSpan())
        {
            if (entry.Count >= minCount) _count++;
        }
        while ((_count + (long)more) * 2 > 1L << (64 - _shift)) _shift--;
        _entries = new PairEntry[1L << (64 - _shift)];
        foreach (ref readonly PairEntry entry in old.AsSpan())
        {
            if (entry.Count >= minCount) Find(entry.Key) = entry;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> _shift);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ref PairEntry Find(ulong key)
    {
        PairEntry[] entries = _entries;
        for (int slot = Slot(key); ; slot = (slot + 1) & (entries.Length - 1))
        {
            ref PairEntry entry = ref entries[slot];
            if (entry.Key == key || entry.Key == 0) return ref entry;
        }
    }
}
