using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Writes a folder's own entries to the disk, without which a rename may be lost in a power cut although the file is safe.
/// </summary>
/// <remarks>.NET opens no folders, so the C library does. Windows needs none of this: NTFS journals renames.</remarks>
internal static class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The folder cannot be opened or synced.</exception>
    public static void Flush(string directory)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return;
        int descriptor = Open([.. Encoding.UTF8.GetBytes(directory), 0], ReadOnly);
        if (descriptor < 0)
            throw new IOException($"The folder {directory} cannot be opened to sync it: error {Marshal.GetLastPInvokeError()}.");
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);
}
