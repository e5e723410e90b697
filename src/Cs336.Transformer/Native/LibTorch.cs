using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Cs336.Transformer;

/// <summary>Gets libtorch into the process. See docs/native-libraries.md.</summary>
public static class LibTorch
{
    private static readonly Lock Gate = new();
    private static LibTorchLoadReport? _report;

    /// <summary>
    /// Loads libtorch and TorchSharp's bridge to it and sets the options of the allocator and of waiting threads, once in a process; further
    /// calls return the first one's report. Safe to call from any thread. Everything in this library that touches
    /// TorchSharp calls it; a program that uses TorchSharp itself calls it first, because TorchSharp that has
    /// once failed to load stays unusable for the life of the process.
    /// </summary>
    /// <exception cref="LibTorchNotFoundException">
    /// No libtorch package is referenced, or a library does not load; the message names the package to add or the
    /// loader's reason.
    /// </exception>
    /// <exception cref="InvalidOperationException">The environment variable CS336_TUNE_ALLOCATOR holds something other than 0 or 1.</exception>
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
        AllocatorTuning allocator = AllocatorOptions.Apply();
        bool shortSpin = WaitingThreads.Apply();
        Assembly torchSharp = typeof(torch).Assembly;
        LibTorchSharpResolver.Arm(torchSharp);
        // Both by the names and in the order that TorchSharp uses: once they are in the process TorchSharp's own
        // attempt succeeds, and it never comes to copy the whole of libtorch from the NuGet cache beside itself.
        Require("torch_cpu", torchSharp);
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
        return new LibTorchLoadReport(LibTorchSharpResolver.WeakenedVersions, allocator, shortSpin);
    }

    private static void Require(string library, Assembly torchSharp)
    {
        try
        {
            NativeLibrary.Load(library, torchSharp, searchPath: null);
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
