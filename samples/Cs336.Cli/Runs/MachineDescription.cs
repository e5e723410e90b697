using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cs336.Cli;

/// <summary>What a run was computed on: without it, a time says nothing.</summary>
internal static class MachineDescription
{
    public const string FileName = "machine.json";

    /// <summary>This machine.</summary>
    /// <param name="device">What the model is computed on, such as cpu.</param>
    public static JsonObject Current(string device) => new()
    {
        ["processor"] = Processor(),
        ["logical_cores"] = Environment.ProcessorCount,
        ["memory_bytes"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        ["device"] = device,
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
    };

    /// <summary>Writes it into a run's folder.</summary>
    public static void Write(string folder, string device) =>
        File.WriteAllText(Path.Combine(folder, FileName), Current(device).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));

    private static string Processor()
    {
        const string linux = "/proc/cpuinfo";
        string? line = OperatingSystem.IsLinux() && File.Exists(linux) ? File.ReadLines(linux)
            .FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
