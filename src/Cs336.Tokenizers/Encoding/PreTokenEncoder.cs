using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// Merges the symbols of one pre-token until no merge applies: always the merge of lowest rank, and of equal ones the
/// leftmost. Short ones, as nearly all are, on the stack; long ones as <see cref="LongPreTokenEncoder"/> does. All ways leave the same
/// symbols, which become ids at the end. It belongs to one thread at a time.
/// </summary>
/// <param name="alphabet">The vocabulary's symbols, which threads may share.</param>
/// <param name="merges">Its merges, which threads may share.</param>
internal sealed class PreTokenEncoder(BpeSymbols alphabet, BpeMergeTable merges)
{
    /// <summary>
    /// Up to this many bytes <see cref="EncodeByScan"/> is the fastest way; the second number is for processors without vectors.
    /// </summary>
    private const int MaxScannedLength = 16, MaxScannedLengthWithoutVectors = 96;

    /// <summary>
    /// Up to this many bytes <see cref="EncodeBySearch"/> is the fastest way, and a position fits the bits of a key below the rank.
    /// </summary>
    private const int MaxSearchedLength = 1 << PositionBits;

    private const int PositionBits = 7;
    private const int MaxSearchedMerges = 1 << (31 - PositionBits);

    private readonly LongPreTokenEncoder _long = new(alphabet, merges);

    /// <summary>Writes the ids of a pre-token and returns how many there are: at most one for each byte.</summary>
    public int Encode(ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        if (!alphabet.TryGetWhole(preToken, out int whole)) return alphabet.Translate(ids, Merge(preToken, ids));
        ids[0] = whole;
        return 1;
    }

    private int Merge(ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        bool hasVectors = Vector128.IsHardwareAccelerated;
        if (preToken.Length <= (hasVectors ? MaxScannedLength : MaxScannedLengthWithoutVectors)) return EncodeByScan(preToken, ids);
        if (hasVectors && preToken.Length <= MaxSearchedLength && merges.Count <= MaxSearchedMerges) return EncodeBySearch(preToken, ids);
        return _long.Encode(preToken, ids);
    }

    /// <summary>Looks through all pairs for the lowest rank, again and again: quadratic in the number of bytes, on the stack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int EncodeByScan(ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        Span<int> symbols = ids[..preToken.Length];
        Span<int> ranks = stackalloc int[preToken.Length];
        int pairs = preToken.Length - 1;
        for (int i = 0; i < preToken.Length; i++) symbols[i] = alphabet.OfByte(preToken[i]);
        for (int i = 0; i < pairs; i++) ranks[i] = merges.RankOfBytes(preToken[i], preToken[i + 1]);
        while (pairs > 0)
        {
            int best = 0;
            int bestRank = ranks[0];
            for (int i = 1; i < pairs; i++)
            {
                int rank = ranks[i];
                if (rank >= bestRank) continue;
                bestRank = rank;
                best = i;
            }
            if (bestRank == BpeMergeTable.NoMerge) break;
            symbols[best] = merges.Result(bestRank);
            for (int i = best + 1; i < pairs; i++)
            {
                symbols[i] = symbols[i + 1];
                ranks[i - 1] = ranks[i];
            }
            pairs--;
            if (best > 0) ranks[best - 1] = merges.Rank(symbols[best - 1], symbols[best]);
            if (best < pairs) ranks[best] = merges.Rank(symbols[best], symbols[best + 1]);
        }
        return pairs + 1;
    }

    /// <summary>The same, but looks at a register of pairs at a time, and moves none: links tell which pairs are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int EncodeBySearch(ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        int count = preToken.Length;
        Span<int> symbols = ids[..count];
        // A pair's rank above its position: the lowest key is the pair to merge.
        Span<uint> keys = stackalloc uint[MaxSearchedLength];
        keys = keys[..((count + Vector256<uint>.Count - 1) / Vector256<uint>.Count * Vector256<uint>.Count)];
        Span<byte> previous = stackalloc byte[MaxSearchedLength];
        Span<byte> next = stackalloc byte[MaxSearchedLength];
        keys[(count - 1)..].Fill(uint.MaxValue);
        for (int i = 0; i < count; i++)
        {
            symbols[i] = alphabet.OfByte(preToken[i]);
            previous[i] = (byte)(i - 1);
            next[i] = (byte)(i + 1);
            if (i + 1 < count) keys[i] = Key(merges.RankOfBytes(preToken[i], preToken[i + 1]), i);
        }

        for (uint key; (key = Min(keys)) != uint.MaxValue;)
        {
            int left = (int)(key & (MaxSearchedLength - 1));
            int right = next[left];
            int after = next[right];
            symbols[left] = merges.Result((int)(key >> PositionBits));
            keys[right] = uint.MaxValue;
            next[left] = (byte)after;
            keys[left] = uint.MaxValue;
            if (after < count)
            {
                previous[after] = (byte)left;
                keys[left] = Key(merges.Rank(symbols[left], symbols[after]), left);
            }
            if (left == 0) continue;
            int before = previous[left];
            keys[before] = Key(merges.Rank(symbols[before], symbols[left]), before);
        }

        int written = 0;
        for (int i = 0; i < count; i = next[i]) symbols[written++] = symbols[i];
        return written;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static uint Key(int rank, int position) =>
            rank == BpeMergeTable.NoMerge ? uint.MaxValue : ((uint)rank << PositionBits) | (uint)position;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Min(ReadOnlySpan<uint> keys)
    {
        ref uint first = ref MemoryMarshal.GetReference(keys);
        Vector256<uint> min = Vector256.LoadUnsafe(ref first);
        for (int i = Vector256<uint>.Count; i < keys.Length; i += Vector256<uint>.Count)
            min = Vector256.Min(min, Vector256.LoadUnsafe(ref first, (nuint)i));
        Vector128<uint> four = Vector128.Min(min.GetLower(), min.GetUpper());
        four = Vector128.Min(four, Vector128.Shuffle(four, Vector128.Create(2u, 3, 0, 1)));
        return Math.Min(four.GetElement(0), four.GetElement(1));
    }
}
