using System.Runtime.CompilerServices;

namespace Cs336.Distributed.Tests.Probe;

/// <summary>Compares what the engine gives with what every rank can compute alone.</summary>
internal static class Collecting
{
    private static readonly int[] Lengths = [0, 1, 3, 1000, 20_001, 5_000_000];

    public static int Run(ICommunicator engine)
    {
        using ICommunicator ranks = engine;
        foreach (int length in Lengths)
        {
            float[] floats = Make(ranks.Rank, length, i => (float)i);
            ranks.AllReduce(floats);
            Require(floats, Sum(ranks.Size, length, (sum, i) => sum + (float)i, 0f), $"{length} floats");

            long[] longs = Make(ranks.Rank, length, i => (long)(i * 1e6));
            ranks.AllReduce(longs);
            Require(longs, Sum(ranks.Size, length, (sum, i) => sum + (long)(i * 1e6), 0L), $"{length} longs");

            ushort[] halves = Make(ranks.Rank, length, i => Halve((float)i));
            ranks.AllReduceBFloat16(halves);
            float[] widened = Sum(ranks.Size, length, (sum, i) => sum + Widen(Halve((float)i)), 0f);
            Require(halves, [.. widened.Select(RoundToEven)], $"{length} bfloat16");

            double[] own = Make(ranks.Rank, length, i => i), all = ranks.AllGather(own);
            for (int rank = 0; rank < ranks.Size; rank++)
                Require(all.AsSpan(rank * length, length), Make(rank, length, i => i), $"{length} gathered doubles");

            float[] parts = Make(ranks.Rank, length * ranks.Size, i => (float)i), part = new float[length];
            ranks.ReduceScatter(parts, part);
            Require(part, Sum(ranks.Size, length * ranks.Size, (sum, i) => sum + (float)i, 0f).AsSpan(ranks.Rank * length, length),
                $"{length} scattered floats");

            for (int root = 0; root < ranks.Size; root++)
            {
                byte[] bytes = Make(ranks.Rank, length, i => (byte)(i * 100));
                ranks.Broadcast(bytes, root);
                Require(bytes, Make(root, length, i => (byte)(i * 100)), $"{length} bytes of rank {root}");
            }
            ranks.Barrier();
        }
        ShowThatNullReferencesAreFound();
        if (ranks.Rank == 0) Console.WriteLine($"all as it must be: {ranks.Size} ranks, {ranks.Engine}");
        ranks.Complete();
        return 0;
    }

    /// <summary>A number for each element and rank, of many digits.</summary>
    private static T[] Make<T>(int rank, int length, Func<double, T> make) =>
        [.. Enumerable.Range(0, length).Select(i => make(Math.Sin((i + 1) * (rank + 3))))];

    private static T[] Sum<T>(int size, int length, Func<T, double, T> add, T zero)
    {
        T[] sums = new T[length];
        for (int i = 0; i < length; i++)
        {
            sums[i] = zero;
            for (int rank = 0; rank < size; rank++) sums[i] = add(sums[i], Math.Sin((i + 1) * (rank + 3)));
        }
        return sums;
    }

    private static ushort Halve(float value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    private static float Widen(ushort half) => BitConverter.UInt32BitsToSingle((uint)half << 16);

    private static ushort RoundToEven(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), low = bits & 0xFFFF;
        uint high = bits >> 16;
        return (ushort)(low > 0x8000 || (low == 0x8000 && (high & 1) == 1) ? high + 1 : high);
    }

    private static void Require<T>(ReadOnlySpan<T> found, ReadOnlySpan<T> expected, string what) where T : IEquatable<T>
    {
        if (!found.SequenceEqual(expected)) throw new InvalidOperationException($"{what} are not as they must be.");
    }

    private static void ShowThatNullReferencesAreFound()
    {
        try
        {
            Console.WriteLine(LengthOf(null!));
        }
        catch (NullReferenceException)
        {
            return; // .NET finds it by a signal, which a library must not have taken
        }
        throw new InvalidOperationException("A null reference was not found.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(int[] array) => array.Length;
}
