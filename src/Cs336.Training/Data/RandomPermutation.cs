using System.Numerics;

namespace Cs336.Training;

/// <summary>
/// A shuffled order of 0 to n - 1 in constant memory: a Feistel network permutes the numbers of 2k bits, and what falls outside the
/// range is permuted again until it lies inside (cycle walking; Black and Rogaway, 2002).
/// </summary>
internal readonly struct RandomPermutation
{
    private const int Rounds = 6;
    private readonly long _count;
    private readonly ulong _key;
    private readonly int _halfBits;

    public RandomPermutation(long count, ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _count = count;
        _key = key;
        _halfBits = Math.Max(1, (64 - BitOperations.LeadingZeroCount((ulong)count - 1) + 1) / 2); // 4ᵏ is at most four times n: few walks
    }

    /// <summary>The number at a place of the order.</summary>
    public long this[long index]
    {
        get
        {
            if (index < 0 || index >= _count)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"The order has places 0 to {_count - 1}.");
            ulong value = (ulong)index;
            do value = Permute(value); while (value >= (ulong)_count);
            return (long)value;
        }
    }

    /// <summary>Spreads a number over all 64 bits: the finaliser of SplitMix64.</summary>
    public static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private ulong Permute(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = value >> _halfBits, right = value & mask;
        for (ulong round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(right ^ Mix(_key + round)) & mask));
        return (left << _halfBits) | right;
    }
}
