namespace Cs336.Randomness;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014): a counter that goes up by a constant, and a function that spreads it over all 64 bits.
/// </summary>
internal static class SplitMix64
{
    private const ulong Increment = 0x9E3779B97F4A7C15; // 2⁶⁴ over the golden ratio, an odd number

    /// <summary>The next number of the sequence, whose counter moves on.</summary>
    public static ulong Next(ref ulong counter)
    {
        ulong number = Mix(counter);
        counter += Increment;
        return number;
    }

    /// <summary>The number that the sequence gives next at <paramref name="counter"/>.</summary>
    public static ulong Mix(ulong counter)
    {
        ulong z = counter + Increment;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
