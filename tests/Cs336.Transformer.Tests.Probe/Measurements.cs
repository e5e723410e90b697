using System.Globalization;
using Cs336.Transformer;
using TorchSharp;

/// <summary>What the allocator's options do, as the kernel counts it.</summary>
internal static class Measurements
{
    private const int FieldOfMinorFaults = 10;

    /// <summary>
    /// Makes and frees a tensor of 64 MB over and over, and prints how many pages the kernel had to bring in for the
    /// repetition that needed the fewest: a heap takes a number of repetitions to settle that differs from run to run.
    /// </summary>
    public static void CountPageFaults()
    {
        Console.WriteLine(LibTorch.EnsureLoaded().Message);
        long fewest = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long start = MinorFaults();
            torch.ones(16 << 20).Dispose();
            fewest = Math.Min(fewest, MinorFaults() - start);
        }
        Console.WriteLine($"faults {fewest}");
    }

    private static long MinorFaults()
    {
        string status = File.ReadAllText("/proc/self/stat");
        // The program's name, in brackets, may hold spaces; the third field follows it (proc(5)).
        string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[FieldOfMinorFaults - 3], CultureInfo.InvariantCulture);
    }
}
