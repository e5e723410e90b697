using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// The distinct pre-tokens as symbols in one array, those of equal count together. A symbol takes as many places as its
/// token has bytes: it stands at the first and at the last of them, so that both neighbours of a symbol are found in one
/// step, and merging moves nothing.
/// </summary>
/// <typeparam name="TSymbol">What holds a symbol: <see cref="ushort"/> where all fit, or <see cref="int"/>.</typeparam>
internal sealed class SymbolArena<TSymbol>
    where TSymbol : unmanaged, IBinaryInteger<TSymbol>
{
    private const int StretchBits = 6;

    private readonly TSymbol[] _symbols;
    private readonly int[] _runStarts;
    private readonly long[] _runCounts;

    // The run that each stretch of 64 places starts in: from there the run of a place is at most a few steps away.
    private readonly int[] _runOfStretch;

    private SymbolArena(TSymbol[] symbols, int[] runStarts, long[] runCounts, long minCount, long pruned)
    {
        MinCount = minCount;
        Pruned = pruned;
        _symbols = symbols;
        _runStarts = runStarts;
        _runCounts = runCounts;
        _runOfStretch = new int[(symbols.Length >> StretchBits) + 1];
        int run = 0;
        for (int i = 0; i < _runOfStretch.Length; i++)
        {
            while (run + 1 < runCounts.Length && _runStarts[run + 1] <= i << StretchBits) run++;
            _runOfStretch[i] = run;
        }
    }

    /// <summary>No symbol: it stands between pre-tokens, and where the right one of two merged symbols began.</summary>
    public static int Boundary { get; } = int.CreateTruncating(TSymbol.AllBitsSet);

    /// <summary>All places. The first and last hold <see cref="Boundary"/>.</summary>
    public Span<TSymbol> Symbols => _symbols;

    /// <summary>Pre-tokens of a lower count were left out.</summary>
    public long MinCount { get; }

    /// <summary>How many were left out.</summary>
    public long Pruned { get; }

    /// <summary>The number of runs of pre-tokens of equal count.</summary>
    public int RunCount => _runCounts.Length;

    /// <summary>Lays out the pre-tokens of two bytes and more, which are all that can merge.</summary>
    /// <param name="preTokens">All pre-tokens with their counts.</param>
    /// <param name="maxPlaces">The most bytes of them, with one more for each, that there may be: the rarest are left out.</param>
    /// <exception cref="InvalidDataException">They are too many for an array.</exception>
    public static SymbolArena<TSymbol> Build(IPreTokenCollection preTokens, long maxPlaces = long.MaxValue)
    {
        ArenaLayout layout = new(maxPlaces);
        ArenaMeasurer measurer = new(layout);
        preTokens.Visit(ref measurer);
        int[] runStarts = layout.StartRuns(out long[] runCounts);
        TSymbol[] symbols = GC.AllocateUninitializedArray<TSymbol>(runStarts[^1]);
        symbols[0] = TSymbol.AllBitsSet;
        ArenaFiller<TSymbol> filler = new(layout, symbols);
        preTokens.Visit(ref filler);
        return new SymbolArena<TSymbol>(symbols, runStarts, runCounts, layout.MinCount, filler.Pruned);
    }

    /// <summary>The places of a run and how often each of its pre-tokens stands in the corpus.</summary>
    public (int Start, int End, long Count) GetRun(int run) => (_runStarts[run], _runStarts[run + 1], _runCounts[run]);

    /// <summary>How often the pre-token at a place stands in the corpus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long CountAt(int position)
    {
        int run = _runOfStretch[position >> StretchBits];
        while (_runStarts[run + 1] <= position) run++;
        return _runCounts[run];
    }
}
