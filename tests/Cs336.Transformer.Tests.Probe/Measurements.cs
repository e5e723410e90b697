using System.Globalization;
using Cs336.Transformer;
using TorchSharp;

/// <summary>What the allocator's options do, as the kernel counts it.</summary>
internal static class Measurements
{
    private const int FieldOfMinorFaults = 10;

    /// <summary>
    /// Makes and frees a tensor of 64 MB over and over, and prints how many pages the kernel had to bring in for
    /// one repetition once the heap has settled.
    /// </summary>
    public static void CountPageFaults()
    {
        Console.WriteLine(LibTorch.EnsureLoaded().Message);
        // glibc's caches of small blocks take some repetitions to fill.
        const int WarmUp = 12, Repetitions = 4;
        long start = 0;
        for (int i = 0; i < WarmUp + Repetitions; i++)
        {
            if (i == WarmUp) start = MinorFaults();
            torch.ones(16 << 20).Dispose();
        }
        Console.WriteLine($"faults {(MinorFaults() - start) / Repetitions}");
    }

    private static long MinorFaults()
    {
        string status = File.ReadAllText("/proc/self/stat");
        // The program's name, in brackets, may hold spaces; the third field follows it (proc(5)).
        string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[FieldOfMinorFaults - 3], CultureInfo.InvariantCulture);
    }
}
