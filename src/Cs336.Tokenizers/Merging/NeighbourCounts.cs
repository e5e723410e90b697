using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>The symbols on one side of a pair, at all places where the pair stands: how often each, and where.</summary>
/// <param name="maxSymbols">One more than the greatest symbol.</param>
internal sealed class NeighbourCounts(int maxSymbols)
{
    private readonly Neighbour[] _neighbours = new Neighbour[maxSymbols];
    private readonly List<int> _symbols = [];
    private (int Symbol, int Place)[] _places = [];
    private int _placeCount;

    /// <summary>The distinct neighbours, in the order in which they were first seen.</summary>
    public ReadOnlySpan<int> Symbols => CollectionsMarshal.AsSpan(_symbols);

    /// <summary>Forgets all, and makes room for a number of places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Clear(int places)
    {
        foreach (int symbol in _symbols) _neighbours[symbol] = default;
        _symbols.Clear();
        _placeCount = 0;
        if (_places.Length < places) _places = new (int, int)[Math.Max(places, 2 * _places.Length)];
    }

    /// <summary>Counts a neighbour.</summary>
    /// <param name="symbol">The symbol beside the pair.</param>
    /// <param name="place">Where the new pair with it stands.</param>
    /// <param name="count">How often the pre-token there stands in the corpus.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int symbol, int place, long count)
    {
        ref Neighbour neighbour = ref _neighbours[symbol];
        if (neighbour.Places++ == 0) _symbols.Add(symbol);
        neighbour.Count += count;
        _places[_placeCount++] = (symbol, place);
    }

    /// <summary>How often a neighbour stands there in the corpus.</summary>
    public long CountOf(int symbol) => _neighbours[symbol].Count;

    /// <summary>Makes the list of a neighbour's places, which <see cref="WritePlaces"/> fills.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public OccurrenceList Allocate(int symbol, OccurrenceLists lists)
    {
        ref Neighbour neighbour = ref _neighbours[symbol];
        neighbour.Unwritten = lists.Allocate(neighbour.Places);
        return neighbour.Unwritten;
    }

    /// <summary>Writes the places of all neighbours that have a list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WritePlaces(OccurrenceLists lists)
    {
        foreach ((int symbol, int place) in _places.AsSpan(0, _placeCount))
        {
            ref Neighbour neighbour = ref _neighbours[symbol];
            if (neighbour.Unwritten.Length > 0) lists.Append(ref neighbour.Unwritten, place);
        }
    }

    private struct Neighbour
    {
        public long Count;
        public int Places;
        public OccurrenceList Unwritten;
    }
}
