using System.Globalization;

namespace Cs336.Training;

/// <summary>
/// How much memory a process can have, as Linux tells in files: the machine's, or less where the process or its container is
/// limited.
/// </summary>
internal static class MachineMemory
{
    private const string Groups = "sys/fs/cgroup";

    /// <summary>Bytes that this process can have.</summary>
    public static long Available => OperatingSystem.IsLinux() ? Read("/") : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>
    /// The least of what the files below a root tell. The runtime's own number is three quarters of a container's limit, which
    /// native memory does not keep to.
    /// </summary>
    public static long Read(string root)
    {
        long?[] limits =
        [
            Number(Line(root, "proc/meminfo", "MemTotal:")) * 1024,
            Number(Line(root, "proc/self/limits", "Max address space")),
            Number(Line(root, "proc/self/limits", "Max data size")),
            .. LimitsOfGroups(root),
        ];
        return limits.Min() ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    /// <summary>Those of the control groups that the process is in, and of the groups around them.</summary>
    private static IEnumerable<long?> LimitsOfGroups(string root)
    {
        foreach (string line in Lines(root, "proc/self/cgroup"))
        {
            string[] fields = line.Split(':', 3); // hierarchy, controllers, path
            if (fields.Length < 3 || !(fields[1].Length == 0 || fields[1].Split(',').Contains("memory"))) continue;
            (string folder, string file) = fields[1].Length == 0 ? (Groups, "memory.max") : ($"{Groups}/memory", "memory.limit_in_bytes");
            for (string? group = fields[2].Trim('/'); group is not null; group = group.Length == 0 ? null : Path.GetDirectoryName(group))
                yield return Number(Lines(root, $"{folder}/{group}/{file}").FirstOrDefault());
        }
    }

    /// <summary>What stands after the beginning of the line that begins so.</summary>
    private static string? Line(string root, string file, string beginning) =>
        Lines(root, file).FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal))?[beginning.Length..];

    private static string[] Lines(string root, string file)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // not every system has it
        }
    }

    /// <summary>The first word as a number; null where it is another, such as <c>unlimited</c> and <c>max</c>.</summary>
    private static long? Number(string? words) =>
        long.TryParse(words?.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(), NumberStyles.None,
            CultureInfo.InvariantCulture, out long number) ? number : null;
}
