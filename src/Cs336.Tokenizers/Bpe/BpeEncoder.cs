using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>Encodes text without special tokens, remembering the ids of pre-tokens. It belongs to one thread at a time.</summary>
/// <remarks>
/// Pre-tokens are taken in batches: first all keys are computed, then the cache lines where they may lie are touched,
/// then they are looked up. So many loads from memory are under way at once instead of one after the other.
/// </remarks>
internal sealed class BpeEncoder
{
    private const int BatchSize = 256;

    private readonly IPreTokenizer _preTokenizer;
    private readonly BpeMerger _merger;
    private readonly PieceCache _cache;
    private readonly int[] _ends = new int[BatchSize];
    private readonly PieceKey[] _keys = new PieceKey[BatchSize];
    private readonly int[] _slots = new int[BatchSize];

    public BpeEncoder(BpeModel model, BpeMergeTable merges, PieceCache seed)
    {
        _preTokenizer = model.PreTokenizer;
        _merger = new BpeMerger(model, merges);
        _cache = new PieceCache(seed);
    }

    /// <summary>What the touched cache lines held: nobody reads it, but it keeps the loads from being optimised away.</summary>
    internal ulong Touched { get; private set; }

    /// <summary>Appends the ids of a text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encode(ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        while (!text.IsEmpty)
        {
            int count = _preTokenizer.Split(text, _ends);
            if (count <= 0 || _ends[count - 1] <= 0)
                throw new InvalidOperationException($"{_preTokenizer.GetType()} found no pre-token in a text of {text.Length} bytes.");
            EncodePieces(text, _ends.AsSpan(0, count), ids);
            text = text[_ends[count - 1]..];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodePieces(ReadOnlySpan<byte> text, ReadOnlySpan<int> ends, IBufferWriter<int> ids)
    {
        int start = 0;
        while (!ends.IsEmpty)
        {
            int count = Prepare(text, start, ends);
            if (count > 0)
            {
                EncodePrepared(text, start, ends[..count], ids);
            }
            else
            {
                EncodeLong(text[start..ends[0]], ids);
                count = 1;
            }
            start = ends[count - 1];
            ends = ends[count..];
        }
    }

    /// <summary>Computes keys and touches cache lines up to the first pre-token that is too long for the cache, and returns how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int Prepare(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends)
    {
        Span<PieceKey> keys = _keys.AsSpan(0, ends.Length);
        Span<int> slots = _slots.AsSpan(0, ends.Length);
        int shift = _cache.HashShift;
        int lastWhole = text.Length - PieceKey.BytesRead;
        int count = 0;
        for (; count < ends.Length; count++)
        {
            int end = ends[count];
            int length = end - start;
            PieceKey key;
            if ((uint)(length - 1) < PieceKey.LongestPacked && start <= lastWhole) key = PieceKey.Pack(text, start, length);
            else if (length > PieceCache.LongestPiece) break;
            else key = PieceKey.Of(text.Slice(start, length));
            keys[count] = key;
            slots[count] = (int)(key.Hash >> shift) * PieceCache.EntriesPerLine;
            start = end;
        }

        // A loop of its own, because the shorter it is, the more of its loads the processor has under way.
        ulong touched = 0;
        ReadOnlySpan<PieceCache.Entry> entries = _cache.Entries;
        ref PieceCache.Entry firstEntry = ref MemoryMarshal.GetReference(entries);
        foreach (int slot in slots[..count]) touched += Unsafe.Add(ref firstEntry, slot).Low;
        Touched = touched;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void EncodePrepared(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends, IBufferWriter<int> ids)
    {
        // A pre-token has at most one id a byte. Ids are written several at a time, hence the room beyond.
        int room = ends[^1] - start + PieceCache.WrittenIds;
        Span<int> output = ids.GetSpan(room)[..room];
        ReadOnlySpan<PieceKey> keys = _keys.AsSpan(0, ends.Length);
        ReadOnlySpan<int> slots = _slots.AsSpan(0, keys.Length);
        Span<PieceCache.Entry> entries = _cache.Entries;
        int inlineIds = _cache.InlineIds;
        bool isNarrow = _cache.IsNarrow;
        int written = 0;

        // Checks of bounds cost a twentieth of the time here, so they are left out: a place is a hash shifted to the table's
        // size, and what is written stays within the room above.
        ref PieceCache.Entry firstEntry = ref MemoryMarshal.GetReference(entries);
        ref int firstId = ref MemoryMarshal.GetReference(output);
        for (int i = 0; i < keys.Length; i++)
        {
            ref readonly PieceKey key = ref keys[i];
            ref readonly PieceCache.Entry entry = ref Unsafe.Add(ref firstEntry, slots[i]);
            if (entry.Has(key) && entry.IdCount <= inlineIds)
            {
                entry.Write(ref Unsafe.Add(ref firstId, written), isNarrow);
                written += entry.IdCount;
                continue;
            }
            int pieceStart = i == 0 ? start : ends[i - 1];
            ReadOnlySpan<byte> piece = text[pieceStart..ends[i]];
            int inArena = entry.Has(key) ? _cache.ReadArena(entry, key, piece, output[written..]) : 0;
            written += inArena;
            if (inArena > 0) continue;
            written += EncodeOne(key, piece, output[written..]);
            if (_cache.Entries.Length == entries.Length) continue;
            // The table has grown, so places in the old one do not hold.
            entries = _cache.Entries;
            firstEntry = ref MemoryMarshal.GetReference(entries);
            for (int later = i + 1; later < keys.Length; later++)
                _slots[later] = (int)(keys[later].Hash >> _cache.HashShift) * PieceCache.EntriesPerLine;
        }
        ids.Advance(written);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int EncodeOne(in PieceKey key, ReadOnlySpan<byte> piece, Span<int> output)
    {
        int count = _cache.Find(key, piece, output);
        if (count > 0) return count;
        count = _merger.Merge(piece, output);
        _cache.Add(key, piece, output[..count]);
        return count;
    }

    private void EncodeLong(ReadOnlySpan<byte> piece, IBufferWriter<int> ids)
    {
        int[] merged = ArrayPool<int>.Shared.Rent(piece.Length);
        ids.Write(merged.AsSpan(0, _merger.Merge(piece, merged)));
        ArrayPool<int>.Shared.Return(merged);
    }
}
