using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Transformer;

/// <summary>
/// Loads a shared library from bytes, on Linux, through a copy that belongs to this process alone: nothing is
/// shared with other processes or users, nothing outlives the process, and the program's folder is not written.
/// </summary>
internal static class PrivateLibraryCopy
{
    // The memory file stays open: debuggers find the library's symbols through it, and its path, by which the
    // dynamic loader knows the library, can never come to mean another file.
    private static readonly List<SafeFileHandle> OpenMemoryFiles = [];

    /// <summary>Loads the library from memory or, where the system forbids that, from a temporary file that is removed at once.</summary>
    /// <param name="library">The bytes of the file.</param>
    /// <param name="fileName">What to call it; seen by debuggers only.</param>
    /// <returns>The library's handle.</returns>
    /// <exception cref="DllNotFoundException">Neither way works; the message says why and what to do.</exception>
    public static nint Load(ReadOnlySpan<byte> library, string fileName)
    {
        string memoryProblem, temporaryProblem;
        try
        {
            return LoadFromMemory(library, fileName);
        }
        catch (Exception e) when (e is IOException or DllNotFoundException)
        {
            memoryProblem = e.Message;
        }
        string temporaryFolder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        try
        {
            return LoadFromTemporaryFile(library, fileName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            temporaryProblem = e.Message;
        }
        throw new DllNotFoundException(
            $"A corrected copy of {fileName} could be loaded neither from memory ({memoryProblem}) nor from {temporaryFolder} "
            + $"({temporaryProblem}): make {temporaryFolder} writable and executable for this user, or set TMPDIR to a folder that is.");
    }

    /// <summary>
    /// Loads the library from a file that exists in memory only (memfd_create(2)), as .NET itself does for compiled code.
    /// </summary>
    /// <exception cref="IOException">The kernel gives no such file.</exception>
    /// <exception cref="DllNotFoundException">The dynamic loader refuses the library.</exception>
    public static nint LoadFromMemory(ReadOnlySpan<byte> library, string fileName)
    {
        int descriptor = Glibc.CreateMemoryFile(fileName, Glibc.CloseOnExec);
        if (descriptor < 0) throw new IOException($"memfd_create: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            RandomAccess.Write(file, library, fileOffset: 0);
            nint handle = NativeLibrary.Load($"/proc/self/fd/{descriptor}");
            lock (OpenMemoryFiles) OpenMemoryFiles.Add(file);
            return handle;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Loads the library from a file in a new folder that only this user can enter, and removes both.</summary>
    /// <exception cref="IOException">The temporary folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The temporary folder may not be written.</exception>
    /// <exception cref="DllNotFoundException">The dynamic loader refuses the library.</exception>
    public static nint LoadFromTemporaryFile(ReadOnlySpan<byte> library, string fileName)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("cs336-native-");
        try
        {
            string path = Path.Combine(folder.FullName, fileName);
            File.WriteAllBytes(path, library);
            return NativeLibrary.Load(path);
        }
        finally
        {
            // The loaded library keeps the file's bytes alive.
            folder.Delete(recursive: true);
        }
    }
}
