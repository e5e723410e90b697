using System.Globalization;
using Cs336.Transformer;
using TorchSharp;

/// <summary>What the allocator's options do, as the kernel counts it.</summary>
internal static class Measurements
{
    private const long FieldOfMinorFaults = 10;

    /// <summary>
    /// Makes and frees a 128 MB tensor over and over on the main thread or on one of the thread pool, and prints
    /// the pages that the kernel had to bring in for it, a repetition.
    /// </summary>
    public static void CountPageFaults(string thread)
    {
        Console.WriteLine(LibTorch.EnsureLoaded().Message);
        long faults = thread == "main" ? Count() : Task.Run(Count).GetAwaiter().GetResult();
        Console.WriteLine($"faults {faults}");
    }

    private static long Count()
    {
        const int Repetitions = 20;
        long start = 0;
        for (int i = -1; i < Repetitions; i++)
        {
            if (i == 0) start = MinorFaults();
            torch.ones(32 << 20).Dispose();
        }
        return (MinorFaults() - start) / Repetitions;
    }

    private static long MinorFaults()
    {
        string status = File.ReadAllText("/proc/self/stat");
        // The program's name, in brackets, may hold spaces; the third field follows it (proc(5)).
        string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[FieldOfMinorFaults - 3], CultureInfo.InvariantCulture);
    }
}
