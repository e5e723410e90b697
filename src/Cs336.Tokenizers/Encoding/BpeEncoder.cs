using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>Encodes text without special tokens, remembering the ids of pre-tokens. It belongs to one thread at a time.</summary>
/// <remarks>
/// Pre-tokens are taken in batches: first all keys are computed, then the cache is told of them, so that it loads what it needs of all
/// together, then the ids are written: from the cache, or by merging what the cache does not know yet.
/// </remarks>
internal sealed class BpeEncoder
{
    private const int MaxKeptEnds = 1 << 18;

    private readonly IPreTokenizer _preTokenizer;
    private readonly PreTokenEncoder _encoder;
    private readonly PreTokenCache _cache;
    private int[] _sequenceEnds = new int[PreTokenCache.BatchSize];
    private readonly int[] _ends = new int[PreTokenCache.BatchSize];
    private readonly int[] _longs = new int[PreTokenCache.BatchSize + 1];

    public BpeEncoder(IPreTokenizer preTokenizer, PreTokenEncoder encoder, PreTokenCache seed)
    {
        _preTokenizer = preTokenizer;
        _encoder = encoder;
        _cache = new PreTokenCache(seed);
    }

    /// <summary>Appends the ids of a text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encode(ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        if (_preTokenizer is SequencePreTokenizer sequence)
        {
            EncodeMatches(sequence, text, ids);
            return;
        }
        while (!text.IsEmpty)
        {
            int count = _preTokenizer.Split(text, _ends);
            if (count <= 0 || _ends[count - 1] <= 0)
                throw new InvalidOperationException($"{_preTokenizer.GetType()} found no pre-token in a text of {text.Length} bytes.");
            ReadOnlySpan<int> ends = _ends.AsSpan(0, count);
            if (!AreRising(ends) || ends[^1] > text.Length)
                throw new InvalidOperationException(
                    $"{_preTokenizer.GetType()} cut a text of {text.Length} bytes at {string.Join(", ", ends.ToArray())}, " +
                    "but cuts must rise up to its end at most.");
            EncodePreTokens(text, ends, ids);
            text = text[_ends[count - 1]..];
        }
    }

    /// <summary>A match of the first pattern may have any number of pre-tokens, and cannot be gone on with from its middle.</summary>
    private void EncodeMatches(SequencePreTokenizer sequence, ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        while (!text.IsEmpty)
        {
            int count = sequence.SplitMatches(text, PreTokenCache.BatchSize, ref _sequenceEnds), start = 0;
            for (int i = 0; i < count; i += PreTokenCache.BatchSize)
            {
                int batch = Math.Min(PreTokenCache.BatchSize, count - i);
                for (int part = 0; part < batch; part++) _ends[part] = _sequenceEnds[i + part] - start;
                EncodePreTokens(text[start..], _ends.AsSpan(0, batch), ids);
                start += _ends[batch - 1];
            }
            text = text[start..];
            if (_sequenceEnds.Length > MaxKeptEnds) _sequenceEnds = new int[PreTokenCache.BatchSize];
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
    private void EncodePreTokens(ReadOnlySpan<byte> text, ReadOnlySpan<int> ends, IBufferWriter<int> ids)
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

    /// <summary>
    /// Computes the keys of all pre-tokens before the first that is too long for the cache, has the cache load their lines, and
    /// returns how many they are.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int Prepare(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends)
    {
        Span<PreTokenKey> keys = _cache.Batch[..ends.Length];
        Span<int> longs = _longs;
        // Near the end of the text fewer bytes follow than are read for a key: those keys are made one by one, as long ones are.
        int whole = ends.Length;
        while (whole > 0 && StartOf(whole - 1, start, ends) > text.Length - PreTokenKey.BytesRead) whole--;
        ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start);
        int longCount = PackAll(ref first, start, ends[..whole], ref keys[0], ref longs[0]);
        for (int i = whole; i < ends.Length; i++) longs[longCount++] = i;

        int count = ends.Length;
        foreach (int i in longs[..longCount])
        {
            int preTokenStart = StartOf(i, start, ends);
            int length = ends[i] - preTokenStart;
            if (length > PreTokenCache.MaxPreTokenLength)
            {
                count = i;
                break;
            }
            keys[i] = PreTokenKey.Of(text.Slice(preTokenStart, length));
        }
        _cache.Prepare(count);
        return count;
    }

    private static int StartOf(int number, int start, ReadOnlySpan<int> ends) => number == 0 ? start : ends[number - 1];

    /// <summary>
    /// Computes keys as if all pre-tokens were short, and returns how many are not: their numbers go to <paramref name="longs"/>, which has
    /// room for one more.
    /// </summary>
    /// <remarks>
    /// A loop without calls keeps all that it needs in registers, and one without branches does not stop where a long
    /// pre-token was not foreseen. It runs for each pre-token, so it does not check bounds either.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static int PackAll(ref byte text, int start, ReadOnlySpan<int> ends, ref PreTokenKey keys, ref int longs)
    {
        int longCount = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            int end = ends[i];
            int length = end - start;
            int room = PreTokenKey.MaxPackedLength - length;
            int isLong = room >> 31;
            Unsafe.Add(ref longs, longCount) = i;
            longCount -= isLong;
            Unsafe.Add(ref keys, i) = PreTokenKey.Pack(ref text, length + (room & isLong));
            text = ref Unsafe.Add(ref text, length);
            start = end;
        }
        return longCount;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void EncodePrepared(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends, IBufferWriter<int> ids)
    {
        // A pre-token has at most one id per byte. Ids are written several at a time, hence the room beyond.
        int room = ends[^1] - start + PreTokenCache.WrittenIds;
        Span<int> output = ids.GetSpan(room)[..room];
        int written = 0;
        for (int i = 0; (i = _cache.WriteFound(i, output, ref written)) < ends.Length; i++)
        {
            ReadOnlySpan<byte> preToken = text[StartOf(i, start, ends)..ends[i]];
            int found = _cache.FindInBatch(i, preToken, output[written..]);
            written += found > 0 ? found : EncodeNew(_cache.Batch[i], preToken, output[written..]);
        }
        ids.Advance(written);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int EncodeNew(in PreTokenKey key, ReadOnlySpan<byte> preToken, Span<int> output)
    {
        int count = _encoder.Encode(preToken, output);
        _cache.Add(key, preToken, output[..count]);
        return count;
    }

    private void EncodeLong(ReadOnlySpan<byte> preToken, IBufferWriter<int> ids)
    {
        int[] encoded = ArrayPool<int>.Shared.Rent(preToken.Length);
        ids.Write(encoded.AsSpan(0, _encoder.Encode(preToken, encoded)));
        ArrayPool<int>.Shared.Return(encoded);
    }
}
