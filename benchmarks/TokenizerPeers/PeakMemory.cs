using System.Diagnostics;
using System.Globalization;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>The most memory that this process had resident so far.</summary>
internal static class PeakMemory
{
    public static long ReadBytes()
    {
        const string Status = "/proc/self/status";
        const string Field = "VmHWM:";
        if (!File.Exists(Status)) return Process.GetCurrentProcess().PeakWorkingSet64;
        string line = File.ReadLines(Status).First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return 1024 * long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}
