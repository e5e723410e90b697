using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>
/// Merges the symbols of one pre-token until no merge applies: always the merge of lowest rank, and of equal ones the
/// leftmost. Both ways give the same ids.
/// </summary>
/// <param name="model">The model whose merges apply.</param>
internal sealed class BpeMerging(BpeModel model)
{
    /// <summary>Up to this many bytes <see cref="Scan"/> is the faster way.</summary>
    private const int LongestScanned = 100;

    private readonly int[] _byteIds = [.. Enumerable.Range(0, 256).Select(value => model.GetByteId((byte)value))];
    private readonly BpeMergeTable _merges = new(model);

    /// <summary>Writes the ids of a pre-token and returns how many there are: at most one for each byte.</summary>
    public int Merge(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        ids = ids[..piece.Length];
        for (int i = 0; i < piece.Length; i++) ids[i] = _byteIds[piece[i]];
        return piece.Length <= LongestScanned ? Scan(piece, ids) : Queue(piece, ids);
    }

    /// <summary>Quadratic in the number of bytes, on the stack.</summary>
    /// <param name="piece">The pre-token.</param>
    /// <param name="symbols">The ids of its bytes; ends as the ids after merging, as many as are returned.</param>
    internal int Scan(ReadOnlySpan<byte> piece, Span<int> symbols)
    {
        Span<int> ranks = stackalloc int[piece.Length];
        int pairs = piece.Length - 1;
        for (int i = 0; i < pairs; i++) ranks[i] = _merges.RankOfBytes(piece[i], piece[i + 1]);
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
            symbols[best] = _merges.Result(bestRank);
            for (int i = best + 1; i < pairs; i++)
            {
                symbols[i] = symbols[i + 1];
                ranks[i - 1] = ranks[i];
            }
            pairs--;
            if (best > 0) ranks[best - 1] = _merges.Rank(symbols[best - 1], symbols[best]);
            if (best < pairs) ranks[best] = _merges.Rank(symbols[best], symbols[best + 1]);
        }
        return pairs + 1;
    }

    /// <summary>O(n log n) in the number of bytes, for long pre-tokens.</summary>
    /// <param name="piece">The pre-token.</param>
    /// <param name="symbols">The ids of its bytes; ends as the ids after merging, as many as are returned.</param>
    internal int Queue(ReadOnlySpan<byte> piece, Span<int> symbols)
    {
        int count = piece.Length;
        int[] buffer = ArrayPool<int>.Shared.Rent(3 * count);
        Span<int> ranks = buffer.AsSpan(0, count);
        Span<int> previous = buffer.AsSpan(count, count);
        Span<int> next = buffer.AsSpan(2 * count, count);
        MergeQueue queue = new(count);
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
            ranks[i] = i + 1 < count ? _merges.RankOfBytes(piece[i], piece[i + 1]) : BpeMergeTable.NoMerge;
            if (ranks[i] != BpeMergeTable.NoMerge) queue.Add(ranks[i], i);
        }

        while (queue.TryTake(out int rank, out int left))
        {
            // A merge nearby may have changed the pair since. A rank belongs to one pair only, so it tells.
            if (ranks[left] != rank) continue;
            int right = next[left];
            int after = next[right];
            symbols[left] = _merges.Result(rank);
            ranks[right] = BpeMergeTable.NoMerge;
            next[left] = after;
            ranks[left] = BpeMergeTable.NoMerge;
            if (after < count)
            {
                previous[after] = left;
                Update(ranks, queue, left, _merges.Rank(symbols[left], symbols[after]));
            }
            int before = previous[left];
            if (before >= 0) Update(ranks, queue, before, _merges.Rank(symbols[before], symbols[left]));
        }

        int written = 0;
        for (int i = 0; i < count; i = next[i]) symbols[written++] = symbols[i];
        ArrayPool<int>.Shared.Return(buffer);
        return written;
    }

    private static void Update(Span<int> ranks, MergeQueue queue, int left, int rank)
    {
        ranks[left] = rank;
        if (rank != BpeMergeTable.NoMerge) queue.Add(rank, left);
    }
}
