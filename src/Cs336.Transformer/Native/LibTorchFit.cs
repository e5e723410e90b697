using System.Runtime.InteropServices;

namespace Cs336.Transformer;

/// <summary>
/// Whether a libtorch is the one that TorchSharp was built against. C++ libraries of another version load without a word:
/// a function that is missing ends the process when it is first called, an object that is laid out otherwise does worse.
/// </summary>
internal static class LibTorchFit
{
    private const string VersionFunction = "aoti_torch_abi_version";
    private const int NamesInMessage = 3;

    /// <summary>Asks the loaded libtorch for its version.</summary>
    /// <param name="torchCpu">The handle of its library torch_cpu.</param>
    /// <param name="folder">Where it is from, for the message.</param>
    /// <exception cref="LibTorchNotFoundException">It is another version, or so old that it cannot say.</exception>
    public static unsafe void RequireVersion(nint torchCpu, string folder)
    {
        var expected = Version.Parse(LibTorchPackage.LibTorchVersion);
        string? found = null;
        if (NativeLibrary.TryGetExport(torchCpu, VersionFunction, out nint function))
        {
            // The bytes from the highest down are major, minor and patch (torch/csrc/inductor/aoti_torch/c/shim.h).
            ulong version = ((delegate* unmanaged<ulong>)function)();
            (int major, int minor) = ((int)(version >> 56), (int)(version >> 48 & 0xff));
            if (major == expected.Major && minor == expected.Minor) return;
            found = $"is version {major}.{minor}.{version >> 40 & 0xff}";
        }
        throw new LibTorchNotFoundException(
            $"The libtorch in {folder} {found ?? $"does not tell its version ({VersionFunction} is missing, so it is an old one)"}, "
            + $"but TorchSharp {LibTorchPackage.TorchSharpVersion} is built against {expected.Major}.{expected.Minor}: "
            + "choose a folder with that version.");
    }

    /// <summary>
    /// Checks that every function which TorchSharp's library takes from libtorch is there; on Linux, since elsewhere the system's
    /// loader does it.
    /// </summary>
    /// <param name="bridge">The path of TorchSharp's library.</param>
    /// <param name="libtorch">The handles of libtorch's libraries.</param>
    /// <param name="folder">Where they are from, for the message.</param>
    /// <exception cref="LibTorchNotFoundException">Functions are missing.</exception>
    public static void RequireFunctions(string bridge, IReadOnlyCollection<nint> libtorch, string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        IReadOnlyList<string> needed;
        try
        {
            needed = ElfSymbols.Needed(new ElfImage(File.ReadAllBytes(bridge)));
        }
        catch (BadImageFormatException e)
        {
            throw new LibTorchNotFoundException($"{bridge} is damaged: {e.Message}. Restore the package TorchSharp again.", e);
        }
        string[] missing = [.. needed.Where(name => !libtorch.Any(library => NativeLibrary.TryGetExport(library, name, out _)))];
        if (missing.Length == 0) return;
        throw new LibTorchNotFoundException(
            $"The libtorch in {folder} lacks {missing.Length} of the {needed.Count} functions that {bridge} takes from it, such as "
            + $"{string.Join(", ", missing.Take(NamesInMessage))}: "
            + $"choose a folder with an official build of libtorch {LibTorchPackage.LibTorchVersion}.");
    }
}
