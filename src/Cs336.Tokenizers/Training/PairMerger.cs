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
    private const int Ahead = 16;

    private readonly SymbolArena<TSymbol> _arena;
    private readonly long _minFrequency;
    private readonly PairTable _pairs = new();
    private readonly OccurrenceLists _lists = new();
    private readonly PairQueue _queue;
    private readonly NeighbourCounts _before;
    private readonly NeighbourCounts _after;
    private ulong[] _keys = new ulong[256];
    private TSymbol _touched;

    // Pairs less frequent than this wait outside of the queue: most of them never get to its head.
    private long _leastQueued;

    /// <summary>Starts from single bytes.</summary>
    public PairMerger(SymbolArena<TSymbol> arena, int maxSymbols, long minFrequency)
    {
        _arena = arena;
        _minFrequency = minFrequency;
        _before = new NeighbourCounts(maxSymbols);
        _after = new NeighbourCounts(maxSymbols);
        _queue = new PairQueue(Tokens);
        for (int value = 0; value < 256; value++) Tokens.Add([(byte)value]);
        CountBytePairs();
    }

    /// <summary>The bytes of each symbol.</summary>
    public TokenOrder Tokens { get; } = new();

    /// <summary>Merges the most frequent pair, of equally frequent ones the lexicographically greatest; false where no pair is frequent enough.</summary>
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
    private void CountBytePairs()
    {
        const int ByteValues = 256;
        Span<TSymbol> symbols = _arena.Symbols;
        long[] counts = new long[ByteValues * ByteValues];
        int[] places = new int[ByteValues * ByteValues];
        for (int run = 0; run < _arena.RunCount; run++)
        {
            (int start, int end, long count) = _arena.GetRun(run);
            int left = int.CreateTruncating(symbols[start]);
            for (int i = start + 1; i < end; i++)
            {
                int right = int.CreateTruncating(symbols[i]);
                if (((left | right) & ~0xFF) == 0)
                {
                    counts[(left * ByteValues) + right] += count;
                    places[(left * ByteValues) + right]++;
                }
                left = right;
            }
        }

        long most = counts.Max();
        _leastQueued = Math.Max(_minFrequency, most / 64);
        _pairs.Reserve(counts.Count(count => count >= _minFrequency));
        int listed = 0;
        for (int pair = 0; pair < counts.Length; pair++)
        {
            if (counts[pair] >= _minFrequency) listed += places[pair];
        }
        int[] chunk = _lists.AddChunk(listed);
        int next = 0;
        for (int pair = 0; pair < counts.Length; pair++)
        {
            if (counts[pair] < _minFrequency)
            {
                places[pair] = -1;
                continue;
            }
            ref PairEntry entry = ref _pairs.GetOrAdd(PairTable.Key(pair / ByteValues, pair % ByteValues));
            entry.Count = counts[pair];
            entry.Occurrences = new OccurrenceList(0, next, places[pair]);
            if (entry.Count >= _leastQueued) _queue.Add(new QueuedPair(entry.Count, entry.Left, entry.Right));
            (places[pair], next) = (next, next + places[pair]);
        }
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            int left = int.CreateTruncating(symbols[i]);
            int right = int.CreateTruncating(symbols[i + 1]);
            if (((left | right) & ~0xFF) != 0) continue;
            ref int place = ref places[(left * ByteValues) + right];
            if (place >= 0) chunk[place++] = i;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryTakeBest(out ulong key)
    {
        while (true)
        {
            if (_queue.Count == 0)
            {
                key = 0;
                if (_leastQueued <= _minFrequency) return false;
                QueueMore();
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
            if (count >= _leastQueued) _queue.ReplaceFirst(first with { Count = count });
            else _queue.RemoveFirst();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void QueueMore()
    {
        _leastQueued = Math.Max(_minFrequency, _leastQueued / 4);
        foreach (ref readonly PairEntry entry in _pairs.Entries)
        {
            if (entry.Count >= _leastQueued) _queue.Add(new QueuedPair(entry.Count, entry.Left, entry.Right));
        }
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
        _pairs.Reserve(pairs);
        if (_keys.Length < pairs) _keys = new ulong[2 * pairs];
        int count = 0;
        foreach (int symbol in before)
        {
            _keys[count++] = PairTable.Key(symbol, left);
            _keys[count++] = PairTable.Key(symbol, made);
        }
        foreach (int symbol in after)
        {
            _keys[count++] = PairTable.Key(right, symbol);
            _keys[count++] = PairTable.Key(made, symbol);
        }
        Span<ulong> keys = _keys.AsSpan(0, count);
        _pairs.Touch(keys);

        // New pairs first: where the pair stood twice running, the second place takes back what the first one added.
        for (int i = 0; i < before.Length; i++) _pairs.GetOrAdd(keys[(2 * i) + 1]).Count += _before.CountOf(before[i]);
        Span<ulong> afterKeys = keys[(2 * before.Length)..];
        for (int i = 0; i < after.Length; i++) _pairs.GetOrAdd(afterKeys[(2 * i) + 1]).Count += _after.CountOf(after[i]);
        for (int i = 0; i < before.Length; i++) Subtract(keys[2 * i], _before.CountOf(before[i]));
        for (int i = 0; i < after.Length; i++) Subtract(afterKeys[2 * i], _after.CountOf(after[i]));

        for (int i = 0; i < before.Length; i++) Publish(keys[(2 * i) + 1], before[i], _before);
        for (int i = 0; i < after.Length; i++) Publish(afterKeys[(2 * i) + 1], after[i], _after);
        _before.WritePlaces(_lists);
        _after.WritePlaces(_lists);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Subtract(ulong key, long count)
    {
        ref PairEntry entry = ref _pairs[key];
        // A pair that was never frequent enough is not in the table.
        if (entry.Key == 0) return;
        entry.Count -= count;
        if (entry.Count > 0) return;
        _lists.Release(entry.Occurrences);
        entry.Occurrences = default;
    }

    /// <summary>Gives a new pair its list of places and, where it is frequent enough, its place in the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Publish(ulong key, int neighbour, NeighbourCounts neighbours)
    {
        ref PairEntry entry = ref _pairs[key];
        if (entry.Count < _minFrequency) return;
        entry.Occurrences = neighbours.Allocate(neighbour, _lists);
        if (entry.Count >= _leastQueued) _queue.Add(new QueuedPair(entry.Count, entry.Left, entry.Right));
    }
}
