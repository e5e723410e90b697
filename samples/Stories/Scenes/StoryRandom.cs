namespace Stories;

/// <summary>
/// The random numbers behind the stories: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014). <see cref="Random"/> may draw other numbers on another runtime; this one never does, so a
/// seed names the same corpus everywhere.
/// </summary>
internal sealed class StoryRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 up to, but not including, <paramref name="count"/>.</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        // The high half of the product spreads 64 random bits over the range; the bias is below 2^-32.
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>True in <paramref name="percent"/> of 100 draws.</summary>
    public bool Chance(int percent) => Next(100) < percent;

    /// <summary>One of <paramref name="items"/>, each as likely as the others.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>The first <paramref name="count"/> of <paramref name="items"/> in a random order.</summary>
    public T[] PickDistinct<T>(IReadOnlyList<T> items, int count)
    {
        T[] shuffled = [.. items];
        for (int i = 0; i < count; i++)
        {
            int other = i + Next(shuffled.Length - i);
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }

        return shuffled[..count];
    }

    private ulong NextBits()
    {
        ulong bits = _state += 0x9E3779B97F4A7C15;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
