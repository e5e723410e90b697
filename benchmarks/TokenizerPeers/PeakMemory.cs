using System.Diagnostics;
using System.Globalization;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>The memory that this process has resident, where the system tells it (Linux).</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Lets go of garbage, forgets the peak so far, and returns what is resident now.</summary>
    public static long Reset()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        const string ClearPeak = "5";
        if (File.Exists("/proc/self/clear_refs")) File.WriteAllText("/proc/self/clear_refs", ClearPeak);
        return ReadResident();
    }

    /// <summary>What is resident now.</summary>
    public static long ReadResident() => Read("VmRSS:", process => process.WorkingSet64);

    /// <summary>The most that was resident since <see cref="Reset"/>.</summary>
    public static long ReadPeak() => Read("VmHWM:", process => process.PeakWorkingSet64);

    private static long Read(string field, Func<Process, long> otherwise)
    {
        if (!File.Exists(Status))
        {
            using Process process = Process.GetCurrentProcess();
            return otherwise(process);
        }
        string line = File.ReadLines(Status).First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
