namespace Cs336.Tokenizers;

/// <summary>
/// Merges the symbols of one pre-token until no merge applies: always the merge of lowest rank, and of equal ones the
/// leftmost. Both ways give the same ids.
/// </summary>
internal static class BpeMerging
{
    /// <summary>Quadratic in the number of symbols, and the faster for few. Returns how many are left at the start of the span.</summary>
    public static int Scan(BpeMergeTable merges, Span<int> symbols)
    {
        int count = symbols.Length;
        Span<int> ranks = stackalloc int[count];
        for (int i = 0; i + 1 < count; i++) ranks[i] = merges.Rank(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < ranks[best]) best = i;
            }
            if (ranks[best] == BpeMergeTable.NoMerge) break;
            symbols[best] = merges.Result(ranks[best]);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[(best + 1)..(count - 1)].CopyTo(ranks[best..]);
            count--;
            if (best > 0) ranks[best - 1] = merges.Rank(symbols[best - 1], symbols[best]);
            if (best < count - 1) ranks[best] = merges.Rank(symbols[best], symbols[best + 1]);
        }
        return count;
    }

    /// <summary>O(n log n) in the number of symbols, for long pre-tokens. Returns how many are left at the start of the span.</summary>
    public static int Queue(BpeMergeTable merges, Span<int> symbols)
    {
        const int None = -1;
        int count = symbols.Length;
        int[] previous = new int[count];
        int[] next = new int[count];
        PriorityQueue<(int Position, int Left, int Right), (int Rank, int Position)> queue = new(count);
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : None;
        }
        for (int i = 0; i + 1 < count; i++) Enqueue(queue, merges, symbols, i, i + 1);

        while (queue.TryDequeue(out var pair, out var priority))
        {
            int left = pair.Position;
            int right = next[left];
            // A merge nearby may have changed either symbol since; merged-away symbols are set to None.
            if (right == None || symbols[left] != pair.Left || symbols[right] != pair.Right) continue;
            symbols[left] = merges.Result(priority.Rank);
            symbols[right] = None;
            next[left] = next[right];
            if (next[left] != None) previous[next[left]] = left;
            if (previous[left] != None) Enqueue(queue, merges, symbols, previous[left], left);
            if (next[left] != None) Enqueue(queue, merges, symbols, left, next[left]);
        }

        int written = 0;
        for (int i = 0; i != None; i = next[i]) symbols[written++] = symbols[i];
        return written;
    }

    private static void Enqueue(
        PriorityQueue<(int, int, int), (int, int)> queue, BpeMergeTable merges, ReadOnlySpan<int> symbols, int left, int right)
    {
        int rank = merges.Rank(symbols[left], symbols[right]);
        if (rank != BpeMergeTable.NoMerge) queue.Enqueue((left, symbols[left], symbols[right]), (rank, left));
    }
}
