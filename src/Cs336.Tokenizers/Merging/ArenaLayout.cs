using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>Adds up how many places the pre-tokens of each count take, then hands these places out.</summary>
/// <param name="maxPlaces">The most places there may be; the rarest pre-tokens go without.</param>
internal sealed class ArenaLayout(long maxPlaces)
{
    // By count: how many places its pre-tokens take, and after StartRuns the next place to hand out. Most pre-tokens have a low count,
    // for which an array is quicker than the dictionary.
    private readonly long[] _rare = new long[4096];
    private readonly Dictionary<long, long> _frequent = [];

    /// <summary>Pre-tokens of a lower count go without places.</summary>
    public long MinCount { get; private set; } = 1;

    /// <summary>Adds a pre-token's places: its bytes, and a boundary after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int length, long count) => PlacesOf(count) += length + 1;

    /// <summary>Turns the sums into starts: from now on <see cref="Take"/> hands out places.</summary>
    /// <param name="counts">The count of each run of places, in the order of the runs.</param>
    /// <returns>The first place of each run, and at the end the number of places.</returns>
    /// <exception cref="InvalidDataException">The places are too many for an array.</exception>
    public int[] StartRuns(out long[] counts)
    {
        List<long> all = [];
        for (int count = 0; count < _rare.Length; count++)
        {
            if (_rare[count] > 0) all.Add(count);
        }
        all.AddRange(_frequent.Keys.Order());
        DropRarest(all);
        counts = [.. all];

        int[] starts = new int[all.Count + 1];
        long next = 1;
        for (int run = 0; run < all.Count; run++)
        {
            starts[run] = (int)next;
            ref long places = ref PlacesOf(all[run]);
            (places, next) = (next, next + places);
            if (next > Array.MaxLength)
                throw new InvalidDataException(
                    $"The distinct pre-tokens have more than {Array.MaxLength:N0} bytes in all: set a memory budget, or train on less.");
        }
        starts[^1] = (int)next;
        return starts;
    }

    /// <summary>Takes places for a pre-token and the boundary after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Take(int length, long count)
    {
        ref long next = ref PlacesOf(count);
        int start = (int)next;
        next += length + 1;
        return start;
    }

    // Pre-tokens of one count are all dropped or all kept, so that what is dropped depends on the text alone, not on how threads ran.
    private void DropRarest(List<long> counts)
    {
        long places = 1;
        int first = counts.Count;
        while (first > 0 && places + PlacesOf(counts[first - 1]) <= maxPlaces) places += PlacesOf(counts[--first]);
        if (first == 0) return;
        MinCount = counts[first - 1] + 1;
        counts.RemoveRange(0, first);
    }

    private ref long PlacesOf(long count)
    {
        if (count < _rare.Length) return ref _rare[count];
        return ref CollectionsMarshal.GetValueRefOrAddDefault(_frequent, count, out _);
    }
}
