using System.Numerics;
using Cs336.Randomness;

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

    private ulong Permute(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = value >> _halfBits, right = value & mask;
        for (ulong round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (SplitMix64.Mix(right ^ SplitMix64.Mix(_key + round)) & mask));
        return (left << _halfBits) | right;
    }
}
