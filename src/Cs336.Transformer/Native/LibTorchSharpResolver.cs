using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Cs336.Transformer;

/// <summary>
/// Makes TorchSharp's native library load on systems whose libstdc++ is older than the one it was linked with, and
/// with a libtorch that does not lie beside it. .NET asks it only where the normal load has failed.
/// </summary>
internal static class LibTorchSharpResolver
{
    /// <summary>The name by which TorchSharp imports its native library.</summary>
    public const string LibraryName = "LibTorchSharp";

    private static readonly Lock Gate = new();
    private static readonly HashSet<AssemblyLoadContext> Armed = [];
    private static nint _handle;

    /// <summary>The symbol versions that were marked weak to load the library; empty while it loads as shipped.</summary>
    public static IReadOnlyList<string> WeakenedVersions { get; private set; } = [];

    /// <summary>Subscribes to failed loads in the context that this assembly, and so its TorchSharp, lives in.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp can be touched before any method of this library runs.")]
    internal static void ArmAtStartup()
    {
        if (RuntimeFeature.IsDynamicCodeSupported) Arm(typeof(LibTorchSharpResolver).Assembly);
        // A program compiled ahead of time tells of no failed load; it asks before each.
        else NativeLibrary.SetDllImportResolver(typeof(TorchSharp.torch).Assembly, (library, torchSharp, _) => Find(torchSharp, library));
    }

    /// <summary>Loads TorchSharp's library, by its name or as it can be loaded here.</summary>
    /// <exception cref="DllNotFoundException">It is missing or does not load.</exception>
    /// <exception cref="BadImageFormatException">It is damaged, or for another processor.</exception>
    public static void Require(Assembly torchSharp)
    {
        if (RuntimeFeature.IsDynamicCodeSupported || Find(torchSharp, LibraryName) == 0)
            NativeLibrary.Load(LibraryName, torchSharp, searchPath: null);
    }

    /// <summary>Subscribes to failed loads in an assembly's context; does nothing when that was done before.</summary>
    public static void Arm(Assembly assembly)
    {
        AssemblyLoadContext context = AssemblyLoadContext.GetLoadContext(assembly) ?? AssemblyLoadContext.Default;
        lock (Gate)
        {
            if (Armed.Add(context)) context.ResolvingUnmanagedDll += Resolve;
        }
    }

    private static nint Find(Assembly torchSharp, string library) =>
        library == LibraryName && NativeLibrary.TryLoad(library, torchSharp, searchPath: null, out nint asShipped)
            ? asShipped
            : Resolve(torchSharp, library);

    private static nint Resolve(Assembly torchSharp, string library)
    {
        if (library != LibraryName) return 0;
        lock (Gate)
        {
            if (_handle == 0) _handle = Load(torchSharp);
            return _handle;
        }
    }

    private static nint Load(Assembly torchSharp)
    {
        // Where TorchSharp was used first and has loaded the program's libtorch, this must go with that one. EnsureLoaded tells.
        LibTorchFolder? folder = LibTorchFolder.Chosen is { OtherLoaded: null } chosen ? chosen : null;
        folder?.Load(torchSharp);
        // A platform for which TorchSharp ships no library can have one that was built for it, in the folder.
        if ((NativeSearchPath.Find(LibTorchPackage.FileName(LibraryName), torchSharp) ?? folder?.Find(LibraryName)) is not { } path)
            return 0;
        // The normal load may have failed for want of libtorch alone.
        if (folder is not null && NativeLibrary.TryLoad(path, out nint asShipped)) return asShipped;
        return Glibc.IsPresent ? LoadWeakened(path, torchSharp, hasLibTorch: folder is not null) : 0;
    }

    private static nint LoadWeakened(string path, Assembly torchSharp, bool hasLibTorch)
    {
        byte[] library = File.ReadAllBytes(path);
        IReadOnlyList<string> weakened;
        try
        {
            weakened = UnusedSymbolVersions.Weaken(library);
        }
        catch (BadImageFormatException e)
        {
            throw new DllNotFoundException($"{path} is damaged: {e.Message}. Restore the package TorchSharp again.", e);
        }
        // The load failed for another reason, which .NET reports.
        if (weakened.Count == 0) return 0;
        // The copy has no libtorch beside it, so what it depends on must be there already.
        if (!hasLibTorch && !NativeLibrary.TryLoad("torch", torchSharp, searchPath: null, out _)) return 0;
        nint handle = PrivateLibraryCopy.Load(library, Path.GetFileName(path));
        WeakenedVersions = weakened;
        return handle;
    }
}
