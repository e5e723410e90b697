using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// The merge loop of BPE training: finds the most frequent pair of neighbours, makes it a symbol, and updates the counts
/// of the pairs around each place where it stood. Symbols 0 to 255 are the bytes, then come the merges in order.
/// </summary>
/// <remarks>
/// A merge adds up what it changes by neighbour before it touches the table of pairs. A new pair has its newer symbol from
/// the merge that made it, so its list of places is written once, in rising order, and only ever grows out of date: a
/// place is checked when it is used. The work of all merges together is linear in the number of places.
/// </remarks>
internal sealed class PairMerger<TSymbol>
    where TSymbol : unmanaged, IBinaryInteger<TSymbol>
{
    /// <summary>Places whose memory is asked for ahead of the one that is worked on.</summary>
    private const int Ahead = 16;

    private const int FirstQueueCapacity = 64;

    // How far down the queue reaches: at first to a 64th of the greatest count, then each time that it has run empty to a quarter of
    // before. Where pairs have to be counted again, they are kept down to a 16th of before. This changes the speed alone.
    private const int FirstQueuedPart = 64, QueuedPart = 4, KeptPart = 16;

    private readonly SymbolArena<TSymbol> _arena;
    private readonly long _minFrequency;
    private readonly NeighbourCounts _before;
    private readonly NeighbourCounts _after;
    private Heap<QueuedPair, MostFrequentFirst> _queue;
    private PairTable _pairs = new();
    private OccurrenceLists _lists = new();
    private ulong[] _keys = new ulong[256];
    private TSymbol _touched; // nobody reads it, but it keeps the loads from being optimised away

    // Pairs less frequent than this have no entry and no list: all merges are expected to be of more frequent ones. If they are
    // not, all pairs are counted again. Counts only fall, so a pair that is too rare when it is made stays too rare.
    private long _minKept;

    // Pairs less frequent than this wait outside of the queue: most of them never get to its head.
    private long _minQueued;

    /// <summary>Starts from single bytes.</summary>
    /// <param name="arena">The pre-tokens, which this merges in place.</param>
    /// <param name="maxSymbols">How many symbols there will be at most.</param>
    /// <param name="minFrequency">The lowest count of a pair to merge.</param>
    /// <param name="expectedRange">
    /// An estimate: how many times as frequent as the last merged pair the first one is at most. A wrong estimate costs time or memory,
    /// but gives the same merges.
    /// </param>
    public PairMerger(SymbolArena<TSymbol> arena, int maxSymbols, long minFrequency, long expectedRange)
    {
        _arena = arena;
        _minFrequency = minFrequency;
        _before = new NeighbourCounts(maxSymbols);
        _after = new NeighbourCounts(maxSymbols);
        _queue = new Heap<QueuedPair, MostFrequentFirst>(new MostFrequentFirst(Tokens), FirstQueueCapacity);
        for (int value = 0; value < 256; value++) Tokens.Add([(byte)value]);
        BytePairCensus<TSymbol> census = new(arena);
        _minKept = Math.Max(_minFrequency, census.MaxCount / expectedRange);
        census.List(_minKept, _pairs, _lists);
        QueueFrom(census.MaxCount / FirstQueuedPart);
    }

    /// <summary>The bytes of each symbol.</summary>
    public TokenOrder Tokens { get; } = new();

    /// <summary>
    /// Merges the most frequent pair, of equally frequent ones the lexicographically greatest; false where no pair is frequent
    /// enough.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryMerge(out int left, out int right)
    {
        (left, right) = default((int, int));
        if (!TryTakeBest(out ulong key)) return false;
        ref PairEntry best = ref _pairs[key];
        (left, right) = (best.Left, best.Right);
        OccurrenceList occurrences = best.Occurrences;
        best.Occurrences = default;
        int made = Tokens.Count;
        Tokens.Add([.. Tokens[left], .. Tokens[right]]);
        MergePlaces(_lists[occurrences], left, right, made);
        _lists.Release(occurrences);
        UpdatePairs(left, right, made);
        // The table may have moved.
        _pairs[key].Count = 0;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryTakeBest(out ulong key)
    {
        while (true)
        {
            if (_queue.Count == 0)
            {
                key = 0;
                if (_minQueued <= _minFrequency) return false;
                if (_minQueued == _minKept) Recount();
                QueueFrom(_minQueued / QueuedPart);
                continue;
            }
            QueuedPair first = _queue.First;
            key = PairTable.Key(first.Left, first.Right);
            long count = _pairs[key].Count;
            if (count == first.Count)
            {
                _queue.RemoveFirst();
                return true;
            }
            // Counts of queued pairs only fall: one that has fallen goes to its present place.
            if (count >= _minQueued) _queue.ReplaceFirst(first with { Count = count });
            else _queue.RemoveFirst();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void QueueFrom(long minCount)
    {
        _minQueued = Math.Max(_minKept, minCount);
        foreach (ref readonly PairEntry entry in _pairs.Entries)
        {
            if (entry.Count >= _minQueued) _queue.Add(new QueuedPair(entry.Count, entry.Left, entry.Right));
        }
    }

    private void Recount()
    {
        _minKept = Math.Max(_minFrequency, _minKept / KeptPart);
        (_pairs, _lists) = (new PairTable(), new OccurrenceLists());
        new PairCensus<TSymbol>(_arena, Tokens).List(_minKept, _pairs, _lists);
    }

    /// <summary>Puts the new symbol in each place where the pair still stands, and adds up the neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MergePlaces(ReadOnlySpan<int> places, int left, int right, int made)
    {
        Span<TSymbol> symbols = _arena.Symbols;
        int boundary = SymbolArena<TSymbol>.Boundary;
        int leftLength = Tokens[left].Length;
        int madeLength = Tokens[made].Length;
        _before.Clear(places.Length);
        _after.Clear(places.Length);
        TSymbol touched = default;
        for (int i = 0; i < places.Length; i++)
        {
            // Places lie far apart: the line of a later one is loaded while this one is worked on.
            if (i + Ahead < places.Length) touched ^= symbols[places[i + Ahead]];
            int place = places[i];
            if (int.CreateTruncating(symbols[place]) != left) continue;
            int middle = place + leftLength;
            if (int.CreateTruncating(symbols[middle]) != right) continue;
            int end = place + madeLength;
            long count = _arena.CountAt(place);
            int before = int.CreateTruncating(symbols[place - 1]);
            int after = int.CreateTruncating(symbols[end]);
            if (before != boundary) _before.Add(before, place - Tokens[before].Length, count);
            if (after != boundary) _after.Add(after, place, count);
            symbols[place] = TSymbol.CreateTruncating(made);
            // Where the right symbol started, none starts now; where it ended, the new one ends.
            symbols[middle] = TSymbol.AllBitsSet;
            symbols[end - 1] = TSymbol.CreateTruncating(made);
        }
        _touched = touched;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void UpdatePairs(int left, int right, int made)
    {
        ReadOnlySpan<int> before = _before.Symbols;
        ReadOnlySpan<int> after = _after.Symbols;
        int pairs = 2 * (before.Length + after.Length);
        if (_keys.Length < pairs) _keys = new ulong[2 * pairs];
        int touched = 0;
        int added = 0;
        foreach (int symbol in before)
        {
            _keys[touched++] = PairTable.Key(symbol, left);
            if (_before.CountOf(symbol) < _minKept) continue;
            _keys[touched++] = PairTable.Key(symbol, made);
            added++;
        }
        foreach (int symbol in after)
        {
            _keys[touched++] = PairTable.Key(right, symbol);
            if (_after.CountOf(symbol) < _minKept) continue;
            _keys[touched++] = PairTable.Key(made, symbol);
            added++;
        }
        _pairs.Reserve(added, _minKept);
        _pairs.Touch(_keys.AsSpan(0, touched));

        // New pairs first: where the pair stood twice in a row (abab), the second place subtracts from a pair that the first one added.
        foreach (int symbol in before) Add(PairTable.Key(symbol, made), _before.CountOf(symbol));
        foreach (int symbol in after) Add(PairTable.Key(made, symbol), _after.CountOf(symbol));
        foreach (int symbol in before) Subtract(PairTable.Key(symbol, left), _before.CountOf(symbol));
        foreach (int symbol in after) Subtract(PairTable.Key(right, symbol), _after.CountOf(symbol));

        foreach (int symbol in before) Publish(PairTable.Key(symbol, made), symbol, _before);
        foreach (int symbol in after) Publish(PairTable.Key(made, symbol), symbol, _after);
        _before.WritePlaces(_lists);
        _after.WritePlaces(_lists);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(ulong key, long count)
    {
        if (count >= _minKept) _pairs.GetOrAdd(key).Count += count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Subtract(ulong key, long count)
    {
        ref PairEntry entry = ref _pairs[key];
        // A pair that was never frequent enough is not in the table.
        if (entry.Key == 0) return;
        entry.Count -= count;
        if (entry.Count >= _minKept) return;
        _lists.Release(entry.Occurrences);
        entry.Occurrences = default;
    }

    /// <summary>Gives a new pair its list of places and, where it is frequent enough, its place in the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Publish(ulong key, int neighbour, NeighbourCounts neighbours)
    {
        ref PairEntry entry = ref _pairs[key];
        if (entry.Count < _minKept) return;
        entry.Occurrences = neighbours.Allocate(neighbour, _lists);
        if (entry.Count >= _minQueued) _queue.Add(new QueuedPair(entry.Count, entry.Left, entry.Right));
    }
}
