using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Cs336.Transformer;

/// <summary>Gets libtorch into the process. See docs/native-libraries.md.</summary>
public static class LibTorch
{
    private const string CpuLibrary = "torch_cpu";

    private static readonly Lock Gate = new();
    private static LibTorchLoadReport? _report;

    /// <summary>
    /// A folder whose libtorch is loaded instead of the program's package, such as <c>torch/lib</c> of a Python installation: the way
    /// to a build that no package has. Null, unless the environment variable <c>CS336_LIBTORCH</c> names one; what is set here goes
    /// before the variable, and null leaves the choice to it. Set it before anything else of this library or TorchSharp is used;
    /// <see cref="EnsureLoaded"/> checks that the folder fits.
    /// </summary>
    /// <exception cref="ArgumentException">The folder is an empty string.</exception>
    /// <exception cref="InvalidOperationException">It is set to another folder when libtorch is in the process already.</exception>
    public static string? Folder
    {
        get => LibTorchFolder.Chosen?.Path;
        set => LibTorchFolder.Choose(value);
    }

    /// <summary>
    /// Loads libtorch and TorchSharp's bridge to it and sets the options of the allocator and of waiting threads, once in a process;
    /// further calls return the first one's report. Safe to call from any thread. Everything in this library that touches
    /// TorchSharp calls it; a program that uses TorchSharp itself calls it first, because TorchSharp that has
    /// once failed to load stays unusable for the life of the process.
    /// </summary>
    /// <exception cref="LibTorchNotFoundException">
    /// No libtorch package is referenced, a library does not load, or the folder that was chosen does not fit; the message names
    /// the package to add, the loader's reason, or what the folder lacks.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The environment variable CS336_TUNE_ALLOCATOR holds something other than 0 or 1, or a folder is chosen and TorchSharp has
    /// loaded another libtorch already.
    /// </exception>
    public static LibTorchLoadReport EnsureLoaded()
    {
        if (Volatile.Read(ref _report) is { } report) return report;
        lock (Gate)
        {
            return _report ??= Load();
        }
    }

    private static LibTorchLoadReport Load()
    {
        Assembly torchSharp = typeof(torch).Assembly;
        LibTorchFolder? folder = LibTorchFolder.Chosen;
        folder?.Check(torchSharp);
        AllocatorTuning allocator = AllocatorOptions.Apply();
        bool shortSpin = WaitingThreads.Apply();
        LibTorchSharpResolver.Arm(torchSharp);
        // By the names and in the order that TorchSharp uses: once they are in the process TorchSharp's own attempt
        // succeeds, and it never comes to copy the whole of libtorch from the NuGet cache beside itself.
        if (folder is null) Require(CpuLibrary, torchSharp);
        else folder.Load(torchSharp);
        Require(LibTorchSharpResolver.LibraryName, torchSharp);
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (TypeInitializationException e)
        {
            throw new LibTorchNotFoundException(
                "TorchSharp was used before LibTorch.EnsureLoaded() and failed to start, which it does not recover from: "
                + $"call LibTorch.EnsureLoaded() first. TorchSharp's reason: {e.GetBaseException().Message}", e);
        }
        return new LibTorchLoadReport(
            LibTorchSharpResolver.WeakenedVersions, allocator, shortSpin, folder?.Source ?? LibTorchSource.Program,
            folder?.Path ?? Path.GetDirectoryName(LoadedModules.Find(LibTorchPackage.FileName(CpuLibrary))));
    }

    private static void Require(string library, Assembly torchSharp)
    {
        try
        {
            if (library == LibTorchSharpResolver.LibraryName) LibTorchSharpResolver.Require(torchSharp);
            else NativeLibrary.Load(library, torchSharp, searchPath: null);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new LibTorchNotFoundException(Explain(library, torchSharp, e), e);
        }
    }

    private static string Explain(string library, Assembly torchSharp, Exception problem)
    {
        string fileName = LibTorchPackage.FileName(library);
        string? path = NativeSearchPath.Find(fileName, torchSharp);
        bool isMusl = OperatingSystem.IsLinux() && !Glibc.IsPresent;
        if (path is not null && !isMusl) return $"{path} is there but does not load: {problem.Message}";
        string found = path is not null
            ? $"{path} is there but does not load. "
            : $"{fileName} was not found in {string.Join(", ", NativeSearchPath.Folders(torchSharp))}. ";
        return found + LibTorchPackage.Advice(LibTorchPackage.Platform, isMusl);
    }
}
