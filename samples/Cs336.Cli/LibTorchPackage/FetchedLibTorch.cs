using System.Diagnostics;
using System.Text.Json;

namespace Cs336.Cli;

/// <summary>
/// libtorch as a NuGet package that is fetched when something first needs it: the tool's own package leaves 600 MB out that half of its
/// commands do not use. It comes from the sources that the user's NuGet has, into the cache where NuGet keeps all packages.
/// </summary>
internal static class FetchedLibTorch
{
    /// <summary>Set to 0, nothing is fetched.</summary>
    public const string Variable = "CS336_FETCH_LIBTORCH";

    /// <summary>The folder of the package's libraries, in NuGet's cache or fetched into it.</summary>
    /// <param name="package">Which one.</param>
    /// <param name="terminal">Is told before something is fetched, which takes a while.</param>
    /// <param name="problem">Why there is none; empty where there is one.</param>
    public static string? Find(MissingLibTorch package, Terminal terminal, out string problem)
    {
        problem = "";
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (FolderIn(cache, package) is string cached) return cached;
        if (Environment.GetEnvironmentVariable(Variable) == "0")
        {
            problem = $"which {Variable} forbids to fetch";
            return null;
        }
        terminal.Note($"Fetching libtorch, the package {package.Id} {package.Version}, by dotnet restore: 600 MB on the disk, once.");
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("cs336-libtorch-");
        try
        {
            return Restore(package, scratch.FullName, out problem);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Has NuGet fetch the package for a project that asks for nothing else.</summary>
    private static string? Restore(MissingLibTorch package, string folder, out string problem)
    {
        string project = Path.Combine(folder, "fetch.csproj");
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net{Environment.Version.Major}.0</TargetFramework></PropertyGroup>
              <ItemGroup><PackageDownload Include="{package.Id}" Version="[{package.Version}]" /></ItemGroup>
            </Project>
            """);
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "restore", project, "--nologo", "-p:ImportDirectoryBuildProps=false", "-p:ImportDirectoryBuildTargets=false" },
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        string told;
        try
        {
            using Process restore = Process.Start(start)!;
            told = restore.StandardOutput.ReadToEnd();
            restore.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            problem = $"which cannot be fetched without the .NET SDK ({exception.Message})";
            return null;
        }
        string assets = Path.Combine(folder, "obj", "project.assets.json");
        if (File.Exists(assets))
        {
            using JsonDocument read = JsonDocument.Parse(File.ReadAllBytes(assets));
            foreach (JsonProperty packages in read.RootElement.GetProperty("packageFolders").EnumerateObject())
                if (FolderIn(packages.Name, package) is string found)
                {
                    problem = "";
                    return found;
                }
        }
        problem = "which could not be fetched ("
            + $"{told.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))?.Trim() ?? told.Trim()})";
        return null;
    }

    private static string? FolderIn(string packages, MissingLibTorch package)
    {
        string folder = Path.Combine(packages, package.Id, package.Version);
        string libraries = Path.Combine(folder, "runtimes", package.Platform, "native");
        // NuGet writes this file last: without it the package is not whole.
        return File.Exists(Path.Combine(folder, ".nupkg.metadata")) && Directory.Exists(libraries) ? libraries : null;
    }
}
