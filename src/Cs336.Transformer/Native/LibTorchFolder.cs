using System.Reflection;
using System.Runtime.InteropServices;

namespace Cs336.Transformer;

/// <summary>
/// A folder of the user's choice whose libtorch is loaded instead of the program's package. Its libraries are loaded by
/// their full paths before TorchSharp's; what TorchSharp's library then asks for by name is in the process already.
/// </summary>
internal sealed record LibTorchFolder(string Path, LibTorchSource Source)
{
    public const string Variable = "CS336_LIBTORCH";

    private const string CpuLibrary = "torch_cpu", CudaLibrary = "torch_cuda";

    private static readonly string[] Required = ["c10", CpuLibrary, "torch"];

    // Each needs those before it. Which of the GPU libraries there are depends on the build.
    private static readonly string[] LoadOrder =
        ["c10", CpuLibrary, "c10_cuda", CudaLibrary, "c10_hip", "torch_hip", "c10_xpu", "torch_xpu", "torch"];

    // TorchSharp loads these by name, in its static constructor.
    private static readonly string[] LoadedByTorchSharp = [CpuLibrary, CudaLibrary];

    private static readonly Lock Gate = new();
    private static string? _property;
    private static LibTorchFolder? _begun, _loaded;

    /// <summary>The folder that the property names or, where that is null, the environment variable; null where neither does.</summary>
    public static LibTorchFolder? Chosen
    {
        get
        {
            if (Volatile.Read(ref _property) is { } folder) return new LibTorchFolder(folder, LibTorchSource.Property);
            return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
                ? new LibTorchFolder(Normalize(named), LibTorchSource.EnvironmentVariable)
                : null;
        }
    }

    /// <summary>Chooses a folder, or with null leaves the choice to the environment variable.</summary>
    /// <exception cref="InvalidOperationException">libtorch is in the process already, and from elsewhere.</exception>
    public static void Choose(string? folder)
    {
        string? path = folder is null ? null : Normalize(folder);
        if (path != Chosen?.Path && LoadedModules.Find(LibTorchPackage.FileName(CpuLibrary)) is { } loaded)
        {
            throw new InvalidOperationException(
                $"{nameof(LibTorch)}.{nameof(LibTorch.Folder)} was set to {path ?? "null"}, "
                + $"but libtorch is in this process already, from {loaded}: "
                + "set it before anything else of Cs336.Transformer or TorchSharp is used.");
        }
        Volatile.Write(ref _property, path);
    }

    /// <summary>The path of a library's file in the folder, or null where the folder has none.</summary>
    public string? Find(string library)
    {
        string path = System.IO.Path.Combine(Path, LibTorchPackage.FileName(library));
        return File.Exists(path) ? path : null;
    }

    /// <summary>The path of a libtorch that is in the process already and not from this folder; null as a rule.</summary>
    public string? OtherLoaded =>
        _begun != this && LoadedModules.Find(LibTorchPackage.FileName(CpuLibrary)) is { } loaded && IsElsewhere(loaded) ? loaded : null;

    /// <summary>Finds what stands against loading from the folder, without loading anything.</summary>
    /// <exception cref="LibTorchNotFoundException">There is no such folder, or it lacks libraries.</exception>
    /// <exception cref="InvalidOperationException">Another libtorch is in the process already, or would come into it.</exception>
    public void Check(Assembly torchSharp)
    {
        if (!Directory.Exists(Path))
            throw new LibTorchNotFoundException($"{Origin} names {Path}, and there is no such folder: {Expected}.");
        RequireFiles();
        if (OtherLoaded is { } loaded)
        {
            throw new InvalidOperationException(
                $"{Origin} names {Path}, but libtorch is in this process already, from {loaded}: "
                + "call LibTorch.EnsureLoaded() before anything else uses TorchSharp.");
        }
        string? other = LoadedByTorchSharp.Select(library => FindElsewhere(library, torchSharp)).FirstOrDefault(path => path is not null);
        if (other is not null && !Glibc.IsPresent)
        {
            throw new InvalidOperationException(
                $"{Origin} names {Path}, but the program brings {other}, which TorchSharp would load as well on this system: "
                + "build the program without its libtorch package.");
        }
    }

    /// <summary>Loads the folder's libtorch, once in a process, and checks that it is the one TorchSharp was built against.</summary>
    /// <exception cref="LibTorchNotFoundException">
    /// A library is missing or does not load, or libtorch has another version or lacks functions.
    /// </exception>
    /// <exception cref="InvalidOperationException">See <see cref="Check"/>.</exception>
    public void Load(Assembly torchSharp)
    {
        lock (Gate)
        {
            if (_loaded == this) return;
            Check(torchSharp);
            _begun = this;
            var handles = new Dictionary<string, nint>();
            foreach (string library in LoadOrder)
            {
                if (Find(library) is { } path) handles.Add(library, LoadFile(path));
            }
            LibTorchFit.RequireVersion(handles[CpuLibrary], Path);
            if ((NativeSearchPath.Find(LibTorchPackage.FileName(LibTorchSharpResolver.LibraryName), torchSharp)
                ?? Find(LibTorchSharpResolver.LibraryName)) is { } bridge)
            {
                LibTorchFit.RequireFunctions(bridge, handles.Values, Path);
            }
            foreach (string library in LoadedByTorchSharp) KeepOut(library, torchSharp);
            _loaded = this;
        }
    }

    /// <summary>
    /// Sees to it that TorchSharp's attempt to load a library by name finds none of the program's. To the system a library at
    /// another path is another one, so that there would be two of it. .NET tries "torch_cpu.so" before "libtorch_cpu.so", and
    /// with the first the system asks whether a library of that name is loaded.
    /// </summary>
    private void KeepOut(string library, Assembly torchSharp)
    {
        if (FindElsewhere(library, torchSharp) is null) return;
        string name = $"{library}.so";
        try
        {
            PrivateLibraryCopy.Load(EmptyLibrary.Build(name, RuntimeInformation.ProcessArchitecture), name);
        }
        catch (DllNotFoundException e)
        {
            throw new LibTorchNotFoundException(e.Message, e);
        }
    }

    private string? FindElsewhere(string library, Assembly torchSharp) =>
        NativeSearchPath.Find(LibTorchPackage.FileName(library), torchSharp) is { } path && IsElsewhere(path) ? path : null;

    private bool IsElsewhere(string path) => System.IO.Path.GetDirectoryName(path) != Path;

    private string Origin => Source == LibTorchSource.Property
        ? $"{nameof(LibTorch)}.{nameof(LibTorch.Folder)}"
        : $"The environment variable {Variable}";

    private static string Expected =>
        $"it must be one that holds the libraries of libtorch {LibTorchPackage.LibTorchVersion}, "
        + "as torch/lib of a Python installation does";

    private void RequireFiles()
    {
        string[] missing = [.. Required.Where(library => Find(library) is null).Select(LibTorchPackage.FileName)];
        if (missing.Length == 0) return;
        string message = $"{Origin} names {Path}, which lacks {string.Join(", ", missing)}: ";
        string? below = new[] { "lib", System.IO.Path.Combine("torch", "lib") }
            .Select(name => this with { Path = System.IO.Path.Combine(Path, name) })
            .FirstOrDefault(folder => Required.All(library => folder.Find(library) is not null))?.Path;
        throw new LibTorchNotFoundException(message + (below is null ? $"{Expected}." : $"{below} has them, name that folder."));
    }

    private static nint LoadFile(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new LibTorchNotFoundException($"{path} is there but does not load: {e.Message}", e);
        }
    }

    private static string Normalize(string folder) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
}
