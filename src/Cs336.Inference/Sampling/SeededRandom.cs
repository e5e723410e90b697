using System.Numerics;
using Cs336.Randomness;

namespace Cs336.Inference;

/// <summary>
/// A small random generator whose numbers depend on its seed alone, on every platform and runtime version,
/// and whose state can be saved: xoshiro256** by Blackman and Vigna (2018), seeded through SplitMix64.
/// Not for cryptography. Not safe for use by several threads at once.
/// </summary>
public sealed class SeededRandom
{
    private SeededRandomState _state;

    /// <summary>Starts the sequence that belongs to <paramref name="seed"/>.</summary>
    public SeededRandom(ulong seed)
    {
        _state = new SeededRandomState(
            SplitMix64.Next(ref seed), SplitMix64.Next(ref seed), SplitMix64.Next(ref seed), SplitMix64.Next(ref seed));
    }

    /// <summary>Where the generator is in its sequence; set it to go on from there.</summary>
    /// <exception cref="ArgumentException">The state is all zeros, which no seed leads to and from which every number is zero.</exception>
    public SeededRandomState State
    {
        get => _state;
        set
        {
            if (value == default)
                throw new ArgumentException("The random state is all zeros, which is no valid state: restore one that was saved.");
            _state = value;
        }
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        (ulong s0, ulong s1, ulong s2, ulong s3) = _state;
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        ulong shifted = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= shifted;
        s3 = BitOperations.RotateLeft(s3, 45);
        _state = new SeededRandomState(s0, s1, s2, s3);
        return result;
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An integer in [0, <paramref name="exclusiveMax"/>), each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="exclusiveMax"/> is below 1.</exception>
    public long NextInt64(long exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        // Lemire (2019): the high half of a product is uniform once the few low halves that would be over-represented are redrawn.
        ulong range = (ulong)exclusiveMax;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold) high = Math.BigMul(NextUInt64(), range, out low);
        }
        return (long)high;
    }
}
