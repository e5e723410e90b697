using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Counts the pairs of neighbours in an arena in the midst of merging, and lists where they stand.</summary>
internal sealed class PairCensus<TSymbol>(SymbolArena<TSymbol> arena, TokenOrder tokens)
    where TSymbol : unmanaged, IBinaryInteger<TSymbol>
{
    private const int SumBits = 20;

    /// <summary>Writes counts and places of pairs that are frequent enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void List(long minCount, PairTable pairs, OccurrenceLists lists)
    {
        // Most pairs are rare. Many pairs share one sum, and none of them is more frequent than the sum: a low sum rules all of
        // them out, without an entry in the table.
        long[] sums = new long[1 << SumBits];
        for (Walk walk = new(arena, tokens); walk.MoveNext();) sums[SumIndexOf(walk.Key)] += walk.Count;
        for (Walk walk = new(arena, tokens); walk.MoveNext();)
        {
            if (sums[SumIndexOf(walk.Key)] < minCount) continue;
            pairs.Reserve(1, minCount: 1);
            ref PairEntry entry = ref pairs.GetOrAdd(walk.Key);
            entry.Count += walk.Count;
            entry.Occurrences.Length++;
        }
        foreach (ref PairEntry entry in pairs.Entries)
        {
            // As long as it is to be, but empty: the places are written one after the other.
            entry.Occurrences = entry.Count >= minCount ? lists.Allocate(entry.Occurrences.Length) with { Length = 0 } : default;
        }
        for (Walk walk = new(arena, tokens); walk.MoveNext();)
        {
            ref PairEntry entry = ref pairs[walk.Key];
            if (entry.Count < minCount) continue;
            OccurrenceList next = entry.Occurrences with { Start = entry.Occurrences.Start + entry.Occurrences.Length, Length = 1 };
            lists[next][0] = walk.Place;
            entry.Occurrences.Length++;
        }
    }

    private static int SumIndexOf(ulong key) => (int)((key * 0xD6E8FEB86659FD93) >> (64 - SumBits));

    /// <summary>Goes from pair to pair.</summary>
    private ref struct Walk(SymbolArena<TSymbol> arena, TokenOrder tokens)
    {
        private readonly Span<TSymbol> _symbols = arena.Symbols;
        private int _run = -1;
        private int _end;
        private int _next = 1;

        /// <summary>The pair, as <see cref="PairTable.Key"/> writes it.</summary>
        public ulong Key { get; private set; }

        /// <summary>Where it stands.</summary>
        public int Place { get; private set; }

        /// <summary>How often the pre-token there stands in the corpus.</summary>
        public long Count { get; private set; }

        public bool MoveNext()
        {
            while (true)
            {
                while (_next >= _end)
                {
                    if (++_run == arena.RunCount) return false;
                    (_next, _end, Count) = arena.GetRun(_run);
                }
                Place = _next;
                int left = int.CreateTruncating(_symbols[Place]);
                bool isBoundary = left == SymbolArena<TSymbol>.Boundary;
                _next = Place + (isBoundary ? 1 : tokens[left].Length);
                if (isBoundary) continue;
                int right = int.CreateTruncating(_symbols[_next]);
                if (right == SymbolArena<TSymbol>.Boundary) continue;
                Key = PairTable.Key(left, right);
                return true;
            }
        }
    }
}
