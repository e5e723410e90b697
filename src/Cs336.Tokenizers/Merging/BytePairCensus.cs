using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Counts the pairs of neighbours in an arena of single bytes, and lists where they stand.</summary>
internal sealed class BytePairCensus<TSymbol>
    where TSymbol : unmanaged, IBinaryInteger<TSymbol>
{
    private const int ByteValues = 256;

    private readonly SymbolArena<TSymbol> _arena;
    private readonly long[] _counts = new long[ByteValues * ByteValues];
    private readonly int[] _placeCounts = new int[ByteValues * ByteValues];

    /// <summary>Counts the pairs of an arena.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public BytePairCensus(SymbolArena<TSymbol> arena)
    {
        _arena = arena;
        Span<TSymbol> symbols = arena.Symbols;
        long[] counts = _counts;
        int[] placeCounts = _placeCounts;
        for (int run = 0; run < arena.RunCount; run++)
        {
            (int start, int end, long count) = arena.GetRun(run);
            int left = int.CreateTruncating(symbols[start]);
            for (int i = start + 1; i < end; i++)
            {
                int right = int.CreateTruncating(symbols[i]);
                if (((left | right) & ~0xFF) == 0) // neither is a boundary
                {
                    counts[(left * ByteValues) + right] += count;
                    placeCounts[(left * ByteValues) + right]++;
                }
                left = right;
            }
        }
        MaxCount = counts.Max();
    }

    /// <summary>The count of the most frequent pair.</summary>
    public long MaxCount { get; }

    /// <summary>Writes counts and places of pairs that are frequent enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void List(long minCount, PairTable pairs, OccurrenceLists lists)
    {
        pairs.Reserve(_counts.Count(count => count >= minCount), minCount);
        OccurrenceList[] unwritten = new OccurrenceList[_counts.Length];
        for (int pair = 0; pair < unwritten.Length; pair++)
        {
            if (_counts[pair] < minCount) continue;
            ref PairEntry entry = ref pairs.GetOrAdd(PairTable.Key(pair / ByteValues, pair % ByteValues));
            entry.Count = _counts[pair];
            entry.Occurrences = unwritten[pair] = lists.Allocate(_placeCounts[pair]);
        }
        Span<TSymbol> symbols = _arena.Symbols;
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            int left = int.CreateTruncating(symbols[i]);
            int right = int.CreateTruncating(symbols[i + 1]);
            if (((left | right) & ~0xFF) != 0) continue;
            ref OccurrenceList list = ref unwritten[(left * ByteValues) + right];
            if (list.Length > 0) lists.Append(ref list, i);
        }
    }
}
