using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Transformer.Tests;

/// <summary>
/// A folder with libtorch's libraries and no more, as torch/lib of a Python installation is: hard links to the files of the
/// package, so that the kernel tells by the name under which of the two folders a file was opened. Linux only.
/// </summary>
internal sealed class LinkedLibTorch : IDisposable
{
    /// <summary>A library of a few kilobytes that does nothing: it stands in for others.</summary>
    private const string Small = "libtorch_global_deps.so";

    public LinkedLibTorch()
    {
        // Beside the probe, because a hard link needs the same file system.
        Path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Probe.Folder)!, $"libtorch-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        foreach (string file in Directory.GetFiles(Package))
        {
            if (System.IO.Path.GetFileName(file) != "libLibTorchSharp.so") Link(file);
        }
    }

    public string Path { get; }

    private static string Package { get; } = System.IO.Path.Combine(Probe.Folder, Probe.NativeFolder);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Adds TorchSharp's own library.</summary>
    public void LinkBridge() => Link(System.IO.Path.Combine(Package, "libLibTorchSharp.so"));

    /// <summary>Puts another file of that name there, of its own.</summary>
    public void Replace(string name, byte[] content)
    {
        System.IO.File.Delete(File(name));
        System.IO.File.WriteAllBytes(File(name), content);
    }

    /// <summary>A sound small library of the name given, in the file and for those that ask for it by name.</summary>
    public static byte[] StandIn(string name) => Rename(System.IO.File.ReadAllBytes(System.IO.Path.Combine(Package, Small)), Small, name);

    /// <summary>Replaces a name, wherever it stands in a library, by one that is no longer.</summary>
    public static byte[] Rename(byte[] library, string from, string to)
    {
        byte[] old = Encoding.ASCII.GetBytes(from + '\0'), replacement = Encoding.ASCII.GetBytes(to.PadRight(from.Length, '\0') + '\0');
        Assert.Equal(old.Length, replacement.Length);
        int at = library.AsSpan().IndexOf(old);
        Assert.True(at >= 0, $"{from} is not in the library");
        while (at >= 0)
        {
            replacement.CopyTo(library, at);
            int next = library.AsSpan(at + old.Length).IndexOf(old);
            at = next < 0 ? -1 : at + old.Length + next;
        }
        return library;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void Link(string file)
    {
        if (CreateHardLink(file, File(System.IO.Path.GetFileName(file))) != 0)
            throw new IOException($"{file} could not be linked into {Path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc.so.6", EntryPoint = "link", SetLastError = true)]
    private static extern int CreateHardLink(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
}
