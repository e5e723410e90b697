using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Packages.Tests.Feed;

/// <summary>The packages of others that this machine has downloaded already.</summary>
internal static partial class PackageCache
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
        ? named
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>The libtorch package of this platform.</summary>
    public static string LibTorchPackage { get; } = $"libtorch-cpu-{RuntimeInformation.RuntimeIdentifier}";

    public static string LibTorchVersion { get; } =
        VersionOfLibTorch().Match(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props"))).Groups[1].Value;

    /// <summary>A folder with libtorch's libraries.</summary>
    public static string LibTorchFolder { get; } =
        Path.Combine(Folder, LibTorchPackage, LibTorchVersion, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");

    /// <summary>
    /// Makes a folder that NuGet looks for packages in before it downloads any: links to all that are here but our own, which may be of
    /// another day under the same version.
    /// </summary>
    public static void LinkAllOfOthers(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!Directory.Exists(Folder)) return;
        foreach (DirectoryInfo package in new DirectoryInfo(Folder).EnumerateDirectories())
            if (!package.Name.StartsWith("cs336.", StringComparison.OrdinalIgnoreCase))
                Directory.CreateSymbolicLink(Path.Combine(folder, package.Name), package.FullName);
    }

    [GeneratedRegex("<LibTorchVersion>(.*)</LibTorchVersion>")]
    private static partial Regex VersionOfLibTorch();
}
