using System.Runtime.InteropServices;

namespace Cs336.Training;

/// <summary>
/// Writes a folder's own entries to the disk, without which a rename may be lost in a power cut although the files are safe.
/// .NET has no call for it. Windows needs none: NTFS journals renames.
/// </summary>
internal static partial class DirectorySync
{
    public static void Flush(string directory)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return;
        int descriptor = Open(directory, 0);
        if (descriptor < 0) throw new IOException($"The folder {directory} cannot be opened to sync it: error {Marshal.GetLastPInvokeError()}.");
        try
        {
            const int NotSupportedByFileSystem = 22; // EINVAL: some network and FUSE file systems
            if (Fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() is int error and not NotSupportedByFileSystem)
                throw new IOException($"The folder {directory} cannot be synced to the disk: error {error}.");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
