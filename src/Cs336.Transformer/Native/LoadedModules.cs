using System.Diagnostics;

namespace Cs336.Transformer;

/// <summary>The native libraries that are in this process.</summary>
internal static class LoadedModules
{
    /// <summary>The path that a library was loaded from (where that was a link, its target), or null where it is not loaded.</summary>
    /// <param name="fileName">Such as libtorch_cpu.so.</param>
    public static string? Find(string fileName)
    {
        using Process process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (string.Equals(Path.GetFileName(module.FileName), fileName, StringComparison.OrdinalIgnoreCase)) return module.FileName;
        }
        return null;
    }
}
