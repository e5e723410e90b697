using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Tells whether every rank has the same weights, bit for bit, as ranks that take the same steps have.</summary>
internal static class ReplicaCheck
{
    private const ulong Prime = 0x9E3779B185EBCA87;

    /// <exception cref="ReplicasDifferException">A rank's weights are not those of rank 0; the message names it.</exception>
    public static void Require(IRankGroup ranks, IReadOnlyList<NamedParameter> parameters, long step)
    {
        if (ranks.Size == 1) return;
        ulong own = Hash(parameters);
        double[] all = ranks.Gather([(uint)own, (uint)(own >> 32)]); // a double holds each half exactly
        bool[] differ = [.. Enumerable.Range(0, ranks.Size).Select(rank => all[2 * rank] != all[0] || all[2 * rank + 1] != all[1])];
        if (differ.Contains(true))
            throw new ReplicasDifferException($"After step {step} the weights of {RankGroupExtensions.NamesOf(differ)} are not those of "
                + "rank 0, and the checkpoint is not written: do all ranks have processors of one kind, as many threads, and "
                + "sound memory?");
    }

    /// <summary>A checksum of all elements; it finds faults, but not changes that somebody made on purpose.</summary>
    public static ulong Hash(IReadOnlyList<NamedParameter> parameters)
    {
        ulong hash = (ulong)parameters.Count;
        foreach (NamedParameter item in parameters)
        {
            using DisposeScope scope = NewDisposeScope();
            hash = Add(hash, item.Parameter.detach().cpu().contiguous().bytes);
        }
        return hash;
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        ulong a = hash, b = ~hash, c = hash * Prime, d = hash + Prime; // four chains, as each product waits for the one before it
        int i = 0;
        for (; i + 4 <= words.Length; i += 4)
        {
            a = BitOperations.RotateLeft((a ^ words[i]) * Prime, 29);
            b = BitOperations.RotateLeft((b ^ words[i + 1]) * Prime, 29);
            c = BitOperations.RotateLeft((c ^ words[i + 2]) * Prime, 29);
            d = BitOperations.RotateLeft((d ^ words[i + 3]) * Prime, 29);
        }
        hash = a + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        for (i *= sizeof(ulong); i < bytes.Length; i++) hash = BitOperations.RotateLeft((hash ^ bytes[i]) * Prime, 29);
        return hash;
    }
}
