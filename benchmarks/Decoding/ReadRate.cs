using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Cs336.Benchmarks.Decoding;

/// <summary>How fast memory can be read, which bounds a decoder that reads all its weights for every token.</summary>
internal static unsafe class ReadRate
{
    private const int Passes = 20, Trials = 5;

    /// <summary>Bytes per second with all threads together, over and over from a buffer of this size: the median of some trials.</summary>
    public static double Measure(long bytes, int threads)
    {
        long share = bytes / threads / 4096 * 4096;
        byte* buffer = (byte*)NativeMemory.AlignedAlloc((nuint)(share * threads), 4096);
        new Span<byte>(buffer, (int)Math.Min(share * threads, int.MaxValue)).Fill(1);
        double[] rates = new double[Trials];
        for (int trial = 0; trial < Trials; trial++)
        {
            using Barrier together = new(threads + 1);
            Thread[] readers = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
            {
                together.SignalAndWait();
                for (int pass = 0; pass < Passes; pass++) Sum(buffer + (index * share), share);
            }))];
            foreach (Thread reader in readers) reader.Start();
            together.SignalAndWait();
            Stopwatch clock = Stopwatch.StartNew();
            foreach (Thread reader in readers) reader.Join();
            rates[trial] = share * threads * Passes / clock.Elapsed.TotalSeconds;
        }
        NativeMemory.AlignedFree(buffer);
        Array.Sort(rates);
        return rates[Trials / 2];
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* source, long bytes)
    {
        Vector<long> a = default, b = default, c = default, d = default;
        int width = Vector<byte>.Count;
        for (long i = 0; i < bytes; i += 4 * width)
        {
            a += Vector.Load((long*)(source + i));
            b += Vector.Load((long*)(source + i + width));
            c += Vector.Load((long*)(source + i + (2 * width)));
            d += Vector.Load((long*)(source + i + (3 * width)));
        }
        return Vector.Sum(a + b + (c + d));
    }
}
