using System.Runtime.InteropServices;

namespace Cs336.Transformer;

/// <summary>Which NuGet package brings libtorch to this machine, and what its files are called there.</summary>
internal static class LibTorchPackage
{
    /// <summary>The TorchSharp this library is built against, and the libtorch that it in turn is built against.</summary>
    public const string TorchSharpVersion = "0.107.0", LibTorchVersion = "2.10.0";

    /// <summary>The platform as NuGet's runtimes folders spell it, such as linux-x64.</summary>
    public static string Platform { get; } = Describe(
        OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsLinux() ? "linux" : "other",
        RuntimeInformation.ProcessArchitecture);

    /// <summary>A sentence that tells the user how to get libtorch on a platform, or that TorchSharp has none for it.</summary>
    /// <param name="platform">As <see cref="Platform"/> spells it.</param>
    /// <param name="isMusl">Whether the system's C library is musl (Alpine), for which no libtorch is built.</param>
    public static string Advice(string platform, bool isMusl) => platform switch
    {
        "linux-x64" when isMusl =>
            $"libtorch {LibTorchVersion} is built for the GNU C library and this system has musl (Alpine): "
            + "run on Debian, Ubuntu or another glibc system, for instance in a container image based on one.",
        "linux-x64" or "win-x64" =>
            $"Add the package libtorch-cpu-{platform} {LibTorchVersion} to the program's project: "
            + $"dotnet add package libtorch-cpu-{platform} --version {LibTorchVersion} "
            + $"(for an NVIDIA GPU add TorchSharp-cuda-{(platform == "win-x64" ? "windows" : "linux")} {TorchSharpVersion} instead). "
            + FolderAdvice,
        "win-arm64" or "osx-arm64" =>
            $"Add the package libtorch-cpu-{platform} {LibTorchVersion} to the program's project: "
            + $"dotnet add package libtorch-cpu-{platform} --version {LibTorchVersion}. {FolderAdvice}",
        _ =>
            $"TorchSharp {TorchSharpVersion} has no native library for {platform}: it runs on linux-x64, win-x64, win-arm64 and osx-arm64. "
            + $"Where you have built one, set {LibTorchFolder.Variable} to a folder that holds it beside the libraries "
            + $"of libtorch {LibTorchVersion}.",
    };

    private static string FolderAdvice =>
        $"Or set {LibTorchFolder.Variable} to a folder with the libraries of libtorch {LibTorchVersion}, "
        + "such as torch/lib of a Python installation.";

    /// <summary>What the system calls the file of a native library, such as libtorch_cpu.so for torch_cpu.</summary>
    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    private static string Describe(string system, Architecture architecture) => $"{system}-{architecture.ToString().ToLowerInvariant()}";
}
