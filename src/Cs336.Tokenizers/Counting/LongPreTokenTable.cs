using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>Counts the pre-tokens that are too long to pack, which are few: their bytes lie one after the other in large chunks.</summary>
internal sealed class LongPreTokenTable
{
    private const int ChunkSize = 1 << 16;

    private readonly List<byte[]> _chunks = [];
    private readonly List<Entry> _entries = [];
    private int[] _slots = new int[64];
    private int _chunk = -1; // the one that is filled now
    private int _chunkUsed; // its bytes that are taken
    private long _bytes;

    /// <summary>The number of distinct pre-tokens.</summary>
    public int Count => _entries.Count;

    /// <summary>What the pre-tokens take in memory, roughly.</summary>
    public long Bytes => _bytes + (64L * _entries.Count);

    /// <summary>A hash of a pre-token that is too long to pack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        // At least 16 bytes, so the last step may overlap the one before.
        ulong hash = Mix((ulong)bytes.Length, BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]));
        for (; bytes.Length > 8; bytes = bytes[8..]) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return hash;
    }

    /// <summary>Adds to the count of a pre-token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> preToken, long count)
    {
        if ((_entries.Count + 1) * 2L > _slots.Length) Grow();
        Span<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        ulong hash = Hash(preToken);
        int slot = (int)hash & (_slots.Length - 1);
        // Slots hold the index of an entry plus one, so that zero is an empty slot.
        for (; _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref Entry entry = ref entries[_slots[slot] - 1];
            if (entry.Hash != hash || !BytesOf(entry).SequenceEqual(preToken)) continue;
            entry.Count += count;
            return;
        }
        Store(preToken, hash, count);
        _slots[slot] = _entries.Count;
    }

    /// <summary>Adds another table's counts.</summary>
    public void Add(LongPreTokenTable other)
    {
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(other._entries)) Add(other.BytesOf(entry), entry.Count);
    }

    /// <summary>Forgets all counts, and keeps the memory for others.</summary>
    public void Clear()
    {
        _entries.Clear();
        Array.Clear(_slots);
        _chunks.RemoveAll(chunk => chunk.Length > ChunkSize);
        (_chunk, _bytes) = (-1, 0);
    }

    /// <summary>Shows each pre-token and its count to a visitor.</summary>
    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries)) visitor.Visit(BytesOf(entry), entry.Count);
    }

    private ReadOnlySpan<byte> BytesOf(in Entry entry) => _chunks[entry.Chunk].AsSpan(entry.Start, entry.Length);

    private void Store(ReadOnlySpan<byte> preToken, ulong hash, long count)
    {
        if (_chunk < 0 || _chunks[_chunk].Length - _chunkUsed < preToken.Length)
        {
            // A chunk from before Clear() may be too short: it is left empty.
            do
            {
                if (++_chunk == _chunks.Count) _chunks.Add(new byte[Math.Max(ChunkSize, preToken.Length)]);
            }
            while (_chunks[_chunk].Length < preToken.Length);
            _chunkUsed = 0;
        }
        preToken.CopyTo(_chunks[_chunk].AsSpan(_chunkUsed));
        _entries.Add(new Entry(hash, _chunk, _chunkUsed, preToken.Length, count));
        _chunkUsed += preToken.Length;
        _bytes += preToken.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Grow()
    {
        _slots = new int[checked(_slots.Length * 2)];
        ReadOnlySpan<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        for (int i = 0; i < entries.Length; i++)
        {
            int slot = (int)entries[i].Hash & (_slots.Length - 1);
            while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = i + 1;
        }
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        ulong high = Math.BigMul(hash ^ value ^ 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }

    private record struct Entry(ulong Hash, int Chunk, int Start, int Length, long Count);
}
