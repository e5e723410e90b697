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
    private readonly int[] _longs = new int[BatchSize + 1];

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
            ReadOnlySpan<int> ends = _ends.AsSpan(0, count);
            if (!AreRising(ends) || ends[^1] > text.Length)
                throw new InvalidOperationException(
                    $"{_preTokenizer.GetType()} cut a text of {text.Length} bytes at {string.Join(", ", ends.ToArray())}, but cuts must rise up to its end at most.");
            EncodePieces(text, ends, ids);
            text = text[_ends[count - 1]..];
        }
    }

    /// <summary>Whether each number is greater than the one before it, and the first than 0: all that comes after relies on it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreRising(ReadOnlySpan<int> ends)
    {
        ref int first = ref MemoryMarshal.GetReference(ends);
        bool areRising = first > 0;
        int i = 1;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<int> rising = Vector256<int>.AllBitsSet;
            for (; i <= ends.Length - Vector256<int>.Count; i += Vector256<int>.Count)
                rising &= Vector256.GreaterThan(Vector256.LoadUnsafe(ref first, (nuint)i), Vector256.LoadUnsafe(ref first, (nuint)(i - 1)));
            areRising &= rising == Vector256<int>.AllBitsSet;
        }
        for (; i < ends.Length; i++) areRising &= ends[i] > ends[i - 1];
        return areRising;
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
        Span<int> longs = _longs;
        // Towards the end of the text fewer bytes follow than a key is read from.
        int whole = ends.Length;
        while (whole > 0 && StartOf(whole - 1, start, ends) > text.Length - PieceKey.BytesRead) whole--;
        ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start);
        int longCount = PackAll(ref first, start, ends[..whole], ref keys[0], ref longs[0]);
        for (int i = whole; i < ends.Length; i++) longs[longCount++] = i;

        int count = ends.Length;
        foreach (int i in longs[..longCount])
        {
            int pieceStart = StartOf(i, start, ends);
            int length = ends[i] - pieceStart;
            if (length > PieceCache.LongestPiece)
            {
                count = i;
                break;
            }
            keys[i] = PieceKey.Of(text.Slice(pieceStart, length));
        }
        Touch(keys[..count]);
        return count;
    }

    private static int StartOf(int piece, int start, ReadOnlySpan<int> ends) => piece == 0 ? start : ends[piece - 1];

    /// <summary>Computes keys as if all pre-tokens were short, and returns how many are not: their numbers go to <paramref name="longs"/>, which has room for one more.</summary>
    /// <remarks>
    /// A loop without calls keeps all that it needs in registers, and one without branches does not stop where a long
    /// pre-token was not foreseen. It runs for each pre-token, so it does not check bounds either.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int PackAll(ref byte text, int start, ReadOnlySpan<int> ends, ref PieceKey keys, ref int longs)
    {
        int longCount = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            int end = ends[i];
            int length = end - start;
            int room = PieceKey.LongestPacked - length;
            int isLong = room >> 31;
            Unsafe.Add(ref longs, longCount) = i;
            longCount -= isLong;
            Unsafe.Add(ref keys, i) = PieceKey.Pack(ref text, length + (room & isLong));
            text = ref Unsafe.Add(ref text, length);
            start = end;
        }
        return longCount;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Touch(ReadOnlySpan<PieceKey> keys)
    {
        Span<int> slots = _slots.AsSpan(0, keys.Length);
        int shift = _cache.HashShift;
        for (int i = 0; i < keys.Length; i++) slots[i] = (int)(keys[i].Hash >> shift) * PieceCache.EntriesPerLine;

        // A loop of its own, because the shorter it is, the more of its loads the processor has under way.
        ulong touched = 0;
        ReadOnlySpan<PieceEntry> entries = _cache.Entries;
        ref PieceEntry firstEntry = ref MemoryMarshal.GetReference(entries);
        foreach (int slot in slots) touched += Unsafe.Add(ref firstEntry, slot).Low;
        Touched = touched;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void EncodePrepared(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends, IBufferWriter<int> ids)
    {
        // A pre-token has at most one id a byte. Ids are written several at a time, hence the room beyond.
        int room = ends[^1] - start + PieceCache.WrittenIds;
        Span<int> output = ids.GetSpan(room)[..room];
        ReadOnlySpan<PieceKey> keys = _keys.AsSpan(0, ends.Length);
        ReadOnlySpan<int> slots = _slots.AsSpan(0, keys.Length);
        int written = 0;
        for (int i = 0; ; i++)
        {
            i += _cache.WriteFound(keys[i..], slots[i..], output, ref written);
            if (i == keys.Length) break;
            ReadOnlySpan<byte> piece = text[StartOf(i, start, ends)..ends[i]];
            PieceKey key = keys[i];
            ref readonly PieceEntry entry = ref _cache.Entries[slots[i]];
            int inArena = entry.Has(key) ? _cache.ReadArena(entry, key, piece, output[written..]) : 0;
            written += inArena;
            if (inArena > 0) continue;
            int size = _cache.Entries.Length;
            written += EncodeOne(key, piece, output[written..]);
            if (_cache.Entries.Length == size) continue;
            // The table has grown, so places in the old one do not hold.
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
