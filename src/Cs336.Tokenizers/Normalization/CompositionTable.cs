namespace Cs336.Tokenizers;

/// <summary>What pairs of code points are composed into: a hash table of numbers that hold first, second and composite.</summary>
internal sealed class CompositionTable
{
    private const int CodePointBits = 21, SlotBits = 12;

    private readonly ulong[] _slots = new ulong[1 << SlotBits];

    /// <summary>Adds a pair, which must not be there yet.</summary>
    public void Add(int first, int second, int composite)
    {
        ulong pair = PairOf(first, second);
        int slot = SlotOf(pair);
        while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = (pair << CodePointBits) | (uint)composite;
    }

    /// <summary>What two code points become; 0 where they stay apart.</summary>
    public int Find(int first, int second)
    {
        if (Hangul.IsSecond(second)) return Hangul.Join(first, second);
        ulong pair = PairOf(first, second);
        for (int slot = SlotOf(pair); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (_slots[slot] >> CodePointBits == pair) return (int)(_slots[slot] & ((1 << CodePointBits) - 1));
        }
        return 0;
    }

    private static ulong PairOf(int first, int second) => ((ulong)first << CodePointBits) | (uint)second;

    // Fibonacci hashing: the golden ratio's bits spread neighbours over the table.
    private static int SlotOf(ulong pair) => (int)((pair * 0x9E3779B97F4A7C15) >> (64 - SlotBits));
}
