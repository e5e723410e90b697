using System.Diagnostics;

namespace Cs336.Transformer.Tests;

/// <summary>Starts the probe program, for what can be tried only once in a process or needs another environment.</summary>
internal static class Probe
{
    public const string FileName = "Cs336.Transformer.Tests.Probe.dll";

    /// <summary>The folder that the build puts the probe into, with TorchSharp and libtorch.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Where the native libraries lie below a program's folder.</summary>
    public static string NativeFolder { get; } = Path.Combine("runtimes", LibTorchPackage.Platform, "native");

    /// <summary>Runs the probe to its end.</summary>
    /// <param name="mode">What it shall do: see its Program.cs.</param>
    /// <param name="folder">The folder to start it from; the one it was built into where null.</param>
    /// <param name="environment">Variables to set, or to remove where the value is null.</param>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string mode, string? folder = null, params (string Name, string? Value)[] environment)
    {
        folder ??= Folder;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", Path.Combine(folder, FileName), mode },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        // Were TorchSharp to fail, it would copy libtorch from the NuGet cache: 480 MB.
        start.Environment["NUGET_PACKAGES"] = Path.Combine(folder, "no-packages-here");
        // Which libtorch is loaded is the test's choice, not that of whoever runs the tests.
        start.Environment.Remove("CS336_LIBTORCH");
        foreach ((string name, string? value) in environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>Makes a copy of the probe, as links where a file is native, that a test may take files out of.</summary>
    public static string Install(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, NativeFolder));
        foreach (string file in Directory.GetFiles(Folder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        foreach (string file in Directory.GetFiles(Path.Combine(Folder, NativeFolder)))
            File.CreateSymbolicLink(Path.Combine(folder, NativeFolder, Path.GetFileName(file)), file);
        return folder;
    }

    /// <summary>Every file below a folder, with its size and time of writing, to see whether a program has changed any.</summary>
    public static string[] List(string folder) =>
        [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Select(file => $"{file.FullName} {(file as FileInfo)?.Length} {file.LastWriteTimeUtc:O}").Order(StringComparer.Ordinal)];

    // tests/Cs336.Transformer.Tests/bin/Release/net10.0 -> tests/Cs336.Transformer.Tests.Probe/bin/Release/net10.0
    private static string FindFolder()
    {
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        DirectoryInfo configuration = framework.Parent!;
        string tests = configuration.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(tests, "Cs336.Transformer.Tests.Probe", "bin", configuration.Name, framework.Name);
    }
}
