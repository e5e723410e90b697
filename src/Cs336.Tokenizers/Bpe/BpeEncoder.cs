using System.Buffers;
using System.Numerics;
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
    private readonly BpeMerging _merging;
    private readonly PieceCache _cache;
    private readonly int[] _ends = new int[BatchSize];
    private readonly PieceKey[] _keys = new PieceKey[BatchSize];
    private readonly int[] _slots = new int[BatchSize];

    public BpeEncoder(IPreTokenizer preTokenizer, BpeMerging merging, PieceCache seed)
    {
        _preTokenizer = preTokenizer;
        _merging = merging;
        _cache = new PieceCache(seed);
    }

    /// <summary>What the touched cache lines held: nobody reads it, but it keeps the loads from being optimised away.</summary>
    internal ulong Touched { get; private set; }

    /// <summary>Appends the ids of a text.</summary>
    public void Encode(ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        while (!text.IsEmpty)
        {
            int count = _preTokenizer.Split(text, _ends);
            if (count <= 0) throw new InvalidOperationException($"{_preTokenizer.GetType()} found no pre-token in a text of {text.Length} bytes.");
            int start = 0;
            for (int done = 0; done < count;)
            {
                int prepared = Prepare(text, start, _ends.AsSpan(done, count - done));
                if (prepared == 0)
                {
                    EncodeLong(text[start.._ends[done]], ids);
                    prepared = 1;
                }
                else
                {
                    EncodePrepared(text, start, _ends.AsSpan(done, prepared), ids);
                }
                done += prepared;
                start = _ends[done - 1];
            }
            text = text[start..];
        }
    }

    /// <summary>Computes keys up to the first pre-token that is too long for the cache, and returns how many.</summary>
    private int Prepare(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends)
    {
        PieceKey[] keys = _keys;
        int[] slots = _slots;
        int shift = _cache.HashShift;
        int count = 0;
        for (; count < ends.Length; count++)
        {
            int length = ends[count] - start;
            if (length > PieceCache.LongestPiece) break;
            PieceKey key = length <= PieceKey.LongestPacked
                ? PieceKey.Pack(text[start..], length)
                : PieceKey.HashOf(text.Slice(start, length));
            keys[count] = key;
            slots[count] = (int)(key.Hash >> shift) * 2;
            start = ends[count];
        }
        ulong touched = 0;
        ReadOnlySpan<PieceCache.Entry> entries = _cache.Entries;
        foreach (int slot in slots.AsSpan(0, count)) touched += entries[slot].Low;
        Touched = touched;
        return count;
    }

    private void EncodePrepared(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends, IBufferWriter<int> ids)
    {
        // A pre-token has at most one id a byte. Ids are written four at a time, hence the room beyond.
        Span<int> output = ids.GetSpan(ends[^1] - start + PieceCache.InlineIds);
        ReadOnlySpan<PieceCache.Entry> entries = _cache.Entries;
        ReadOnlySpan<PieceKey> keys = _keys.AsSpan(0, ends.Length);
        ReadOnlySpan<int> slots = _slots.AsSpan(0, ends.Length);
        int written = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            ref readonly PieceKey key = ref keys[i];
            int slot = slots[i];
            if (!entries[slot].Has(key)) slot++;
            ref readonly PieceCache.Entry entry = ref entries[slot];
            int count = entry.IdCount;
            if (entry.Has(key) && count <= PieceCache.InlineIds)
            {
                entry.Ids.CopyTo(output[written..]);
                written += count;
                continue;
            }
            int pieceStart = i == 0 ? start : ends[i - 1];
            ReadOnlySpan<byte> piece = text[pieceStart..ends[i]];
            ReadOnlySpan<int> remembered = entry.Has(key) ? _cache.ReadArena(entry, piece) : [];
            if (!remembered.IsEmpty)
            {
                remembered.CopyTo(output[written..]);
                written += remembered.Length;
                continue;
            }
            Span<int> merged = output.Slice(written, piece.Length);
            merged = merged[.._merging.Merge(piece, merged)];
            written += merged.Length;
            _cache.Add(key, piece, merged);
            if (_cache.Entries.Length != entries.Length)
            {
                // The table has grown: what was prepared of the batch belongs to the old one.
                for (int j = i + 1; j < ends.Length; j++) _slots[j] = (int)(_keys[j].Hash >> _cache.HashShift) * 2;
            }
            entries = _cache.Entries;
        }
        ids.Advance(written);
    }

    private void EncodeLong(ReadOnlySpan<byte> piece, IBufferWriter<int> ids)
    {
        int[] merged = ArrayPool<int>.Shared.Rent(piece.Length);
        ids.Write(merged.AsSpan(0, _merging.Merge(piece, merged)));
        ArrayPool<int>.Shared.Return(merged);
    }
}
