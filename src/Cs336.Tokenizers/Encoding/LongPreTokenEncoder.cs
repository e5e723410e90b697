using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Merges the symbols of a pre-token that is too long to look through again and again, in time that hardly grows faster than its length;
/// what is left is as in <see cref="PreTokenEncoder"/>. It belongs to one thread at a time.
/// </summary>
/// <param name="alphabet">The vocabulary's symbols, which threads may share.</param>
/// <param name="merges">Its merges, which threads may share.</param>
internal sealed class LongPreTokenEncoder(BpeSymbols alphabet, BpeMergeTable merges)
{
    /// <summary>Up to this many bytes <see cref="EncodeByQueue"/> works in the nearest caches.</summary>
    private const int WindowLength = 1024;

    /// <summary>How many windows a seam may reach back before the whole is merged at once, so that the work stays O(n log n).</summary>
    private const int MaxSeamWindows = 16;

    private readonly MergeQueue _queue = new();
    private readonly int[] _next = new int[WindowLength];
    private int[] _seam = new int[WindowLength];
    private int[] _pair = [];
    private int[] _links = [];

    /// <summary>Writes the symbols that are left and returns how many there are.</summary>
    public int Encode(ReadOnlySpan<byte> preToken, Span<int> ids) => preToken.Length <= WindowLength || !alphabet.MergesAreOrdered
        ? EncodeByQueue(preToken, ids)
        : EncodeByWindows(preToken, ids);

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
