using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Counts pre-tokens of up to 15 bytes: open addressing over packed keys, in batches, so that the cache lines that a batch
/// needs are on their way together rather than one after the other.
/// </summary>
internal sealed class ShortPreTokenTable
{
    /// <summary>The most keys that <see cref="Add(ReadOnlySpan{PreTokenKey})"/> takes at a time.</summary>
    public const int BatchSize = 128;

    private Entry[] _entries = new Entry[1 << 11];
    private ulong _touched; // nobody reads it, but it keeps the loads from being optimised away

    /// <summary>The number of distinct pre-tokens.</summary>
    public int Count { get; private set; }

    /// <summary>A hash whose bits are all well mixed: the store uses the highest ones, this table the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Hash(PreTokenKey key)
    {
        // Multiplies the halves and folds the product.
        ulong high = Math.BigMul(key.Low ^ 0x9E3779B97F4A7C15, key.High ^ 0xD6E8FEB86659FD93, out ulong low);
        return (uint)((high ^ low) >> 8);
    }

    /// <summary>Counts each key once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<PreTokenKey> keys)
    {
        Reserve(keys.Length);
        Span<uint> slots = stackalloc uint[BatchSize];
        Span<Entry> entries = _entries;
        uint mask = (uint)entries.Length - 1;
        // Loads that do not wait for each other overlap: this is a prefetch in safe code.
        ulong touched = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            uint slot = Hash(keys[i]) & mask;
            slots[i] = slot;
            touched ^= entries[(int)slot].High;
        }
        _touched = touched;
        for (int i = 0; i < keys.Length; i++)
        {
            ulong low = keys[i].Low, high = keys[i].High;
            uint slot = slots[i];
            while (true)
            {
                ref Entry entry = ref entries[(int)slot];
                if (entry.Low == low && entry.High == high)
                {
                    entry.Count++;
                    break;
                }
                if (entry.High == 0)
                {
                    entry = new Entry { Low = low, High = high, Count = 1 };
                    Count++;
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
    }

    /// <summary>Adds another table's counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ShortPreTokenTable other)
    {
        const int Ahead = 16;
        ReadOnlySpan<Entry> added = other._entries;
        ulong touched = 0;
        for (int i = 0; i < added.Length; i++)
        {
            // The slot of an entry a few steps ahead, so that it has come by then.
            if (i + Ahead < added.Length)
            {
                ref readonly Entry ahead = ref added[i + Ahead];
                if (ahead.High != 0)
                    touched ^= _entries[Hash(new PreTokenKey(ahead.Low, ahead.High)) & (uint)(_entries.Length - 1)].High;
            }
            if (added[i].High != 0) Add(new PreTokenKey(added[i].Low, added[i].High), added[i].Count);
        }
        _touched = touched;
    }

    /// <summary>Adds to the count of one key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(PreTokenKey key, long count)
    {
        Reserve(1);
        ref Entry entry = ref Find(_entries, key);
        if (entry.High == 0)
        {
            entry = new Entry { Low = key.Low, High = key.High };
            Count++;
        }
        entry.Count += count;
    }

    /// <summary>Forgets all counts, and keeps the memory for others.</summary>
    public void Clear()
    {
        Array.Clear(_entries);
        Count = 0;
    }

    /// <summary>Shows each pre-token and its count to a visitor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        Span<byte> bytes = stackalloc byte[PreTokenKey.BytesRead];
        foreach (ref readonly Entry entry in _entries.AsSpan())
        {
            if (entry.High == 0) continue;
            PreTokenKey key = new(entry.Low, entry.High);
            key.Write(bytes);
            visitor.Visit(bytes[..key.PackedLength], entry.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ref Entry Find(Entry[] entries, PreTokenKey key)
    {
        uint mask = (uint)entries.Length - 1;
        for (uint slot = Hash(key) & mask; ; slot = (slot + 1) & mask)
        {
            ref Entry entry = ref entries[slot];
            if (entry.High == 0 || (entry.Low == key.Low && entry.High == key.High)) return ref entry;
        }
    }

    /// <summary>Makes room for more keys: the table is at most five eighths full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reserve(int more)
    {
        long needed = ((long)Count + more) * 8 / 5;
        if (needed <= _entries.Length) return;
        if (needed > 1 << 30)
            throw new InvalidDataException(
                $"The text has more than {Count:N0} distinct pre-tokens, more than fit a table: set a memory budget, or train on less.");
        Entry[] larger = new Entry[BitOperations.RoundUpToPowerOf2((uint)needed)];
        foreach (ref readonly Entry entry in _entries.AsSpan())
        {
            if (entry.High != 0) Find(larger, new PreTokenKey(entry.Low, entry.High)) = entry;
        }
        _entries = larger;
    }

    private struct Entry
    {
        public ulong Low;
        public ulong High;
        public long Count;
    }
}
