using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>Adds up how many places the pre-tokens of each count take, then hands these places out.</summary>
internal struct ArenaLayout : IPreTokenVisitor
{
    // Most pre-tokens are rare: theirs need no look-up.
    private readonly long[] _rare = new long[4096];
    private readonly Dictionary<long, long> _frequent = [];

    public ArenaLayout()
    {
    }

    public readonly void Visit(ReadOnlySpan<byte> preToken, long count)
    {
        // Each pre-token has a boundary after it.
        if (preToken.Length > 1) Of(count) += preToken.Length + 1;
    }

    /// <summary>Turns the sums into starts: from now on <see cref="Take"/> hands out places.</summary>
    /// <param name="counts">The count of each run of places, in the order of the runs.</param>
    /// <returns>The first place of each run, and at the end the number of places.</returns>
    public readonly int[] StartRuns(out long[] counts)
    {
        List<long> all = [];
        for (int count = 0; count < _rare.Length; count++)
        {
            if (_rare[count] > 0) all.Add(count);
        }
        all.AddRange(_frequent.Keys.Order());
        counts = [.. all];

        int[] starts = new int[all.Count + 1];
        long next = 1;
        for (int run = 0; run < all.Count; run++)
        {
            starts[run] = (int)next;
            ref long places = ref Of(all[run]);
            (places, next) = (next, next + places);
            if (next > Array.MaxLength)
                throw new InvalidDataException(
                    $"The distinct pre-tokens have more than {Array.MaxLength:N0} bytes in all: set a memory budget, or train on less.");
        }
        starts[^1] = (int)next;
        return starts;
    }

    /// <summary>Takes places for a pre-token and the boundary after it.</summary>
    public readonly int Take(int length, long count)
    {
        ref long next = ref Of(count);
        int start = (int)next;
        next += length + 1;
        return start;
    }

    private readonly ref long Of(long count)
    {
        if (count < _rare.Length) return ref _rare[count];
        return ref CollectionsMarshal.GetValueRefOrAddDefault(_frequent, count, out _);
    }
}
