using System.Collections.Concurrent;
using System.Globalization;
using Cs336.Tokenizers;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Testing;

/// <summary>
/// Refuses on Linux what Windows refuses because files are open or mapped, with Windows' own codes, for the files below one folder and
/// for the test that made it. What is open and mapped is read from <c>/proc</c>; which sharing a file was opened with is known where it
/// was opened through here, and any other counts as opened by <see cref="File.OpenRead"/>, which shares no deletion.
/// </summary>
internal sealed class WindowsFileSystem : FileSystem, IDisposable
{
    private const int AccessDenied = 5, SharingViolation = 32, FileExists = 183, UnableToRemoveReplaced = 1175;
    private readonly ConcurrentDictionary<int, Opened> _opened = [];
    private readonly string _root;
    private int _refusals;
    private volatile bool _willClose;

    public WindowsFileSystem(string root)
    {
        _root = root + Path.DirectorySeparatorChar;
        Current = this;
    }

    public override bool HoldsOpenFiles => true;

    /// <summary>
    /// Short, for what nobody closes; as long as it takes on a busy machine, once it is known that something will be closed.
    /// </summary>
    public override TimeSpan Patience => TimeSpan.FromSeconds(_willClose ? 30 : 0.3);

    /// <summary>How often something was refused.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    public void Dispose() => Current = new FileSystem();

    /// <summary>Closes what another program holds as soon as it has stood in somebody's way.</summary>
    public Task CloseAfterRefusal(IDisposable held)
    {
        int before = Refusals;
        _willClose = true;
        return Task.Run(() =>
        {
            Assert.True(SpinWait.SpinUntil(() => Refusals > before, TimeSpan.FromSeconds(30)), "nothing was refused");
            held.Dispose();
        });
    }

    public override SafeFileHandle OpenHandle(string path, FileMode mode, FileAccess access, FileShare share)
    {
        CheckSharing(path, access, share);
        SafeFileHandle handle = base.OpenHandle(path, mode, access, share);
        return Remember(handle, access, share);
    }

    public override FileStream OpenStream(string path, FileMode mode, FileAccess access, FileShare share)
    {
        CheckSharing(path, access, share);
        FileStream stream = base.OpenStream(path, mode, access, share);
        Remember(stream.SafeFileHandle, access, share);
        return stream;
    }

    public override void Move(string from, string to)
    {
        if (OpenFiles(from).Any(file => !file.Share.HasFlag(FileShare.Delete))) throw Refuse(SharingViolation, from);
        if (OpenFiles(to).Any() || IsMapped(to)) throw Refuse(AccessDenied, to); // however it is shared
        base.Move(from, to);
    }

    public override void Replace(string from, string to)
    {
        if (OpenFiles(from).Concat(OpenFiles(to)).Any(file => !file.Share.HasFlag(FileShare.Delete))) throw Refuse(SharingViolation, to);
        if (IsMapped(to)) throw Refuse(UnableToRemoveReplaced, to);
        base.Replace(from, to);
    }

    public override void Delete(string path)
    {
        if (OpenFiles(path).Any(file => !file.Share.HasFlag(FileShare.Delete))) throw Refuse(SharingViolation, path);
        if (IsMapped(path)) throw Refuse(AccessDenied, path);
        base.Delete(path);
    }

    public override void MoveFolder(string from, string to)
    {
        if (Path.Exists(to)) throw Refuse(FileExists, to);
        string within = from + Path.DirectorySeparatorChar;
        if (OpenFiles(within).Any() || IsMapped(within)) throw Refuse(AccessDenied, from);
        base.MoveFolder(from, to);
    }

    /// <summary>Deletes one file after another, as Windows does: those before the one that is refused are gone.</summary>
    public override void DeleteFolder(string path, bool recursive)
    {
        string[] files = !recursive ? [] : Directory.GetFiles(path, "*", SearchOption.AllDirectories);
        foreach (string file in files.Order(StringComparer.Ordinal)) Delete(file);
        base.DeleteFolder(path, recursive);
    }

    private SafeFileHandle Remember(SafeFileHandle handle, FileAccess access, FileShare share)
    {
        _opened[(int)handle.DangerousGetHandle()] = new Opened(handle, access, share);
        return handle;
    }

    private void CheckSharing(string path, FileAccess access, FileShare share)
    {
        foreach (Opened other in OpenFiles(path))
            if (!Allows(other.Share, access) || !Allows(share, other.Access)) throw Refuse(SharingViolation, path);
    }

    /// <summary>The two lowest bits of both tell reading and writing.</summary>
    private static bool Allows(FileShare share, FileAccess access) => ((int)access & ~(int)share & 3) == 0;

    /// <summary>The files of this process whose path begins so, or is this one.</summary>
    private IEnumerable<Opened> OpenFiles(string path)
    {
        foreach (string descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (LinkOf(descriptor) is not string file || !file.StartsWith(_root, StringComparison.Ordinal)) continue;
            if (!IsAtOrBelow(file, path)) continue;
            int number = int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture);
            bool isOfHere = _opened.TryGetValue(number, out Opened? opened) && !opened.Handle.IsClosed;
            yield return isOfHere ? opened! : new Opened(null!, FileAccess.Read, FileShare.Read);
        }
    }

    private static bool IsMapped(string path) => File.ReadLines("/proc/self/maps")
        .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
        .Any(parts => parts.Length == 6 && IsAtOrBelow(parts[5], path));

    private static bool IsAtOrBelow(string file, string path) =>
        path.EndsWith(Path.DirectorySeparatorChar) ? file.StartsWith(path, StringComparison.Ordinal) : file == Path.GetFullPath(path);

    private static string? LinkOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            return null; // closed meanwhile
        }
    }

    private Exception Refuse(int error, string path)
    {
        Interlocked.Increment(ref _refusals);
        if (error == AccessDenied && File.Exists(path)) return new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
        return new IOException($"Windows' error {error}: '{path}'", unchecked((int)0x80070000) | error);
    }

    private sealed record Opened(SafeFileHandle Handle, FileAccess Access, FileShare Share);
}
