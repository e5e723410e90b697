using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Cs336.Transformer;

/// <summary>The folders where .NET, and TorchSharp after it, look for a program's native libraries.</summary>
internal static class NativeSearchPath
{
    /// <summary>The path of a native library's file, or null where no folder has it.</summary>
    /// <param name="fileName">Such as libtorch_cpu.so.</param>
    /// <param name="torchSharp">TorchSharp's assembly.</param>
    public static string? Find(string fileName, Assembly torchSharp) =>
        Folders(torchSharp).Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    /// <summary>The folders that exist, in the order of looking.</summary>
    public static IReadOnlyList<string> Folders(Assembly torchSharp)
    {
        string platformFolder = Path.Combine("runtimes", LibTorchPackage.Platform, "native");
        string? assemblyFolder = FolderOf(torchSharp);
        var folders = new List<string>();
        // What the host made of the program's deps.json: its own folder or folders of the NuGet cache.
        folders.AddRange(((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "").Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        folders.Add(AppContext.BaseDirectory);
        folders.Add(Path.Combine(AppContext.BaseDirectory, platformFolder));
        if (!string.IsNullOrEmpty(assemblyFolder))
        {
            folders.Add(assemblyFolder);
            // A script or notebook loads TorchSharp from its package: lib/net8.0 beside runtimes.
            folders.Add(Path.GetFullPath(Path.Combine(assemblyFolder, "..", "..", platformFolder)));
        }
        return [.. folders.Select(folder => Path.TrimEndingDirectorySeparator(folder)).Distinct().Where(Directory.Exists)];
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000",
        Justification = "In a program of a single file there is none, and the program's folder is looked in anyway.")]
    private static string? FolderOf(Assembly assembly) => Path.GetDirectoryName(assembly.Location);
}
