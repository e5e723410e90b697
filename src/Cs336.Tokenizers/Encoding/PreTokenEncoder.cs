using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// Merges the symbols of one pre-token until no merge applies: always the merge of lowest rank, and of equal ones the
/// leftmost. All ways give the same ids. It belongs to one thread at a time.
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

    /// <summary>Up to this many bytes <see cref="EncodeByQueue"/> works in the nearest caches.</summary>
    private const int WindowLength = 1024;

    /// <summary>How many windows a seam may reach back before the whole is merged at once, so that the work stays O(n log n).</summary>
    private const int MaxSeamWindows = 16;

    private readonly MergeQueue _queue = new();
    private readonly int[] _next = new int[WindowLength];
    private int[] _seam = new int[WindowLength];
    private int[] _pair = [];
    private int[] _links = [];

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
        return preToken.Length <= WindowLength || !alphabet.MergesAreOrdered
            ? EncodeByQueue(preToken, ids)
            : EncodeByWindows(preToken, ids);
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

    /// <summary>With all pairs in a queue by rank: O(n log n) in the number of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int EncodeByQueue(ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        int count = preToken.Length;
        Span<int> symbols = ids[..count];
        if (_links.Length < 3L * count) _links = new int[3 * count];
        Span<int> ranks = _links.AsSpan(0, count);
        Span<int> previous = _links.AsSpan(count, count);
        Span<int> next = _links.AsSpan(2 * count, count);
        _queue.Clear();
        for (int i = 0; i < count; i++)
        {
            symbols[i] = alphabet.OfByte(preToken[i]);
            previous[i] = i - 1;
            next[i] = i + 1;
            SetRank(ranks, i, i + 1 < count ? merges.RankOfBytes(preToken[i], preToken[i + 1]) : BpeMergeTable.NoMerge);
        }

        while (_queue.TryTake(out int rank, out int left))
        {
            // A merge nearby may have changed the pair since. A rank belongs to one pair only, so it tells.
            if (ranks[left] != rank) continue;
            int right = next[left];
            int after = next[right];
            symbols[left] = merges.Result(rank);
            ranks[right] = BpeMergeTable.NoMerge;
            next[left] = after;
            if (after < count) previous[after] = left;
            SetRank(ranks, left, after < count ? merges.Rank(symbols[left], symbols[after]) : BpeMergeTable.NoMerge);
            int before = previous[left];
            if (before >= 0) SetRank(ranks, before, merges.Rank(symbols[before], symbols[left]));
        }

        int written = 0;
        for (int i = 0; i < count; i = next[i]) symbols[written++] = symbols[i];
        if (count > WindowLength) _links = [];
        return written;
    }

    /// <summary>Merges a very long pre-token window by window, and then what lies at each seam anew.</summary>
    /// <remarks>
    /// Two facts make this right. First, the ids before a border and those after it are together the ids of the whole, if the two
    /// tokens at the border stay two when their bytes alone are encoded: the first merge across the border would merge those too.
    /// Second, any run of a text's ids is what the bytes of that run are encoded as. So around each seam just as many bytes are
    /// encoded anew as it takes for the new ids to fit those before and after them.
    /// </remarks>
    internal int EncodeByWindows(ReadOnlySpan<byte> preToken, Span<int> ids)
    {
        int count = EncodeByQueue(preToken[..WindowLength], ids);
        for (int end = WindowLength; end < preToken.Length;)
        {
            ReadOnlySpan<byte> window = preToken[end..Math.Min(end + WindowLength, preToken.Length)];
            ReadOnlySpan<int> next = _next.AsSpan(0, EncodeByQueue(window, _next));
            if (!TryJoin(preToken, end, ids, ref count, next)) return EncodeByQueue(preToken, ids);
            end += window.Length;
        }
        return count;
    }

    /// <summary>Appends the ids of a window that begins at <paramref name="seam"/> to those of what stands before it.</summary>
    private bool TryJoin(ReadOnlySpan<byte> preToken, int seam, Span<int> ids, ref int count, ReadOnlySpan<int> next)
    {
        for (int reach = 2; ; reach *= 2)
        {
            int left = Math.Min(reach, count);
            int right = Math.Min(reach, next.Length);
            int start = seam - Length(ids.Slice(count - left, left));
            int end = seam + Length(next[..right]);
            if (seam - start > MaxSeamWindows * WindowLength) return false;
            if (_seam.Length < end - start) _seam = new int[2 * (end - start)];
            ReadOnlySpan<int> merged = _seam.AsSpan(0, EncodeByQueue(preToken[start..end], _seam));
            if (left < count && !AreNeighbours(preToken, start, ids[count - left - 1], merged[0])) continue;
            if (right < next.Length && !AreNeighbours(preToken, end, merged[^1], next[right])) continue;
            count -= left;
            merged.CopyTo(ids[count..]);
            count += merged.Length;
            next[right..].CopyTo(ids[count..]);
            count += next.Length - right;
            return true;
        }
    }

    /// <summary>Whether the bytes of two tokens, which meet at a border, merge into just these two.</summary>
    private bool AreNeighbours(ReadOnlySpan<byte> preToken, int border, int left, int right)
    {
        ReadOnlySpan<byte> both = preToken[(border - Length([left]))..(border + Length([right]))];
        if (_pair.Length < both.Length) _pair = new int[2 * both.Length];
        return EncodeByQueue(both, _pair) == 2 && _pair[0] == left && _pair[1] == right;
    }

    private int Length(ReadOnlySpan<int> ids)
    {
        int length = 0;
        foreach (int id in ids) length += alphabet.LengthOf(id);
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetRank(Span<int> ranks, int left, int rank)
    {
        ranks[left] = rank;
        if (rank != BpeMergeTable.NoMerge) _queue.Add(rank, left);
    }
}
