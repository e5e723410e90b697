using System.Buffers.Binary;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>State of libtorch's own generator on the CPU. Nothing here draws from it, but a user's model or callback may.</summary>
internal static class TorchRandom
{
    /// <summary>Numbers in the state of the generator that libtorch has, a Mersenne Twister.</summary>
    private const int Numbers = 624;

    public static byte[] Get()
    {
        using DisposeScope scope = NewDisposeScope();
        return get_rng_state().bytes.ToArray();
    }

    /// <summary>What keeps a state from being this generator's, as a clause; null where nothing does.</summary>
    public static string? FindProblem(byte[] state)
    {
        using DisposeScope scope = NewDisposeScope();
        long size = get_rng_state().NumberOfElements;
        if (state.Length != size) return $"the state of libtorch's generator has {state.Length} bytes, but must have {size}";
        // The seed, numbers left before the next round, whether there is a seed, the next number's index.
        int left = BinaryPrimitives.ReadInt32LittleEndian(state.AsSpan(8)),
            isSeeded = BinaryPrimitives.ReadInt32LittleEndian(state.AsSpan(12));
        ulong next = BinaryPrimitives.ReadUInt64LittleEndian(state.AsSpan(16));
        return isSeeded != 1 || left is < 1 or > Numbers || next > Numbers
            ? $"the state of libtorch's generator is damaged: seeded {isSeeded}, {left} numbers left, the next one's index {next}" : null;
    }

    /// <summary>Sets the state.</summary>
    /// <exception cref="InvalidDataException">It is none of this generator's; nothing was changed.</exception>
    public static void Set(byte[] state)
    {
        // TorchSharp lets libtorch's refusal end the process, so that what it would refuse is refused here.
        if (FindProblem(state) is string problem) throw new InvalidDataException(problem);
        using DisposeScope scope = NewDisposeScope();
        set_rng_state(tensor(state));
    }
}
