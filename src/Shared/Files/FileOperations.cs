using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Opens, renames and deletes files and folders. Where the system refuses because another program has a file open, as Windows does, it is
/// tried again for a while; then an <see cref="IOException"/> names the file and tells why.
/// </summary>
internal static class FileOperations
{
    /// <summary>Sharing that stands in no writer's way: the file may be written to, replaced and deleted meanwhile.</summary>
    public const FileShare ShareAll = FileShare.ReadWrite | FileShare.Delete;

    private const int LongestWait = 100; // ms between two tries

    /// <summary>Windows' codes for what it refuses because a file is open or mapped somewhere.</summary>
    private enum WindowsError
    {
        AccessDenied = 5, // also tells that this user may not do it
        SharingViolation = 32,
        LockViolation = 33,
        FolderNotEmpty = 145, // it holds files that are deleted but still open
        UnableToRemoveReplaced = 1175,
        UnableToMoveReplacement = 1176,
        UserMappedFile = 1224,
    }

    /// <summary>Opens a file to read it while others may write, replace and delete it.</summary>
    public static FileStream OpenRead(string path) => FileSystem.Current.OpenStream(path, FileMode.Open, FileAccess.Read, ShareAll);

    /// <summary>As <see cref="OpenRead"/>, for reading at given places.</summary>
    public static SafeFileHandle OpenReadHandle(string path) =>
        FileSystem.Current.OpenHandle(path, FileMode.Open, FileAccess.Read, ShareAll);

    /// <summary>Reads what there is of so many bytes, and returns how many.</summary>
    public static int ReadAt(SafeFileHandle file, Span<byte> destination, long offset)
    {
        int total = 0;
        while (total < destination.Length && RandomAccess.Read(file, destination[total..], offset + total) is int read and > 0)
            total += read;
        return total;
    }

    /// <summary>Opens a file to write it.</summary>
    public static SafeFileHandle OpenHandle(string path, FileMode mode, FileAccess access, FileShare share) =>
        Retry(path, "opened", () => FileSystem.Current.OpenHandle(path, mode, access, share));

    /// <summary>Renames a file, over another where there is one.</summary>
    public static void Replace(string from, string to) => Retry(to, "replaced", () =>
    {
        try
        {
            FileSystem.Current.Move(from, to);
        }
        catch (Exception exception) when (IsHeld(exception) && File.Exists(to))
        {
            FileSystem.Current.Replace(from, to);
        }
    });

    /// <summary>Deletes a file where there is one.</summary>
    public static void Delete(string path) => Retry(path, "deleted", () => FileSystem.Current.Delete(path));

    /// <summary>Renames a folder; there must be none of the new name.</summary>
    public static void MoveFolder(string from, string to) =>
        Retry(from, "renamed", () => FileSystem.Current.MoveFolder(from, to), isFolder: true);

    /// <summary>Deletes a folder, with all that is in it or only where it is empty.</summary>
    public static void DeleteFolder(string path, bool recursive = true) =>
        Retry(path, "deleted", () => FileSystem.Current.DeleteFolder(path, recursive), isFolder: true);

    /// <summary>
    /// Waits, where open files cannot be replaced, until nobody has any of these open. Called for files that belong together before the
    /// first of them is replaced.
    /// </summary>
    public static void WaitUntilFree(params IEnumerable<string> paths)
    {
        if (!FileSystem.Current.HoldsOpenFiles) return;
        foreach (string path in paths.Where(File.Exists))
            Retry(path, "replaced", () => FileSystem.Current.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.None).Dispose());
    }

    private static void Retry(string path, string what, Action operation, bool isFolder = false) => Retry(path, what, () =>
    {
        operation();
        return true;
    }, isFolder);

    private static T Retry<T>(string path, string what, Func<T> operation, bool isFolder = false)
    {
        Stopwatch clock = Stopwatch.StartNew();
        for (int wait = 1; ; wait = Math.Min(2 * wait, LongestWait))
        {
            try
            {
                return operation();
            }
            catch (Exception exception) when (IsHeld(exception))
            {
                TimeSpan patience = FileSystem.Current.Patience;
                if (clock.Elapsed >= patience) throw new IOException(Describe(path, what, patience, exception, isFolder), exception);
            }
            Thread.Sleep(wait);
        }
    }

    private static bool IsHeld(Exception exception) => FileSystem.Current.HoldsOpenFiles
        && exception is IOException or UnauthorizedAccessException
        && exception.HResult >>> 16 == 0x8007 && Enum.IsDefined((WindowsError)(exception.HResult & 0xFFFF));

    private static string Describe(string path, string what, TimeSpan patience, Exception exception, bool isFolder)
    {
        string seconds = patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        string rights = (WindowsError)(exception.HResult & 0xFFFF) == WindowsError.AccessDenied ? ", or this user may not change it" : "";
        return $"{path} cannot be {what}: another program has {(isFolder ? "a file in it" : "it")} open{rights}. "
            + $"It was tried for {seconds} s; close the file there and try again. ({exception.Message.TrimEnd('.')}.)";
    }
}
