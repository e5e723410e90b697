using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>Keeps all others out of a run's folder until it is disposed or the process ends, however it ends.</summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream _file;
    private readonly bool _madeFolder;
    private readonly bool _madeFile;

    private RunLock(RunDirectory directory, FileMode mode, bool madeFolder)
    {
        Directory = directory;
        _madeFolder = madeFolder;
        _madeFile = !File.Exists(directory.Lock);
        _file = new FileStream(directory.Lock, mode, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>The folder.</summary>
    public RunDirectory Directory { get; }

    /// <summary>Takes a folder; it is made where it is missing.</summary>
    /// <param name="directory">The folder.</param>
    /// <exception cref="IOException">Somebody else has it, or it cannot be written to.</exception>
    public static RunLock Take(RunDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        bool isThere = System.IO.Directory.Exists(directory.Path);
        System.IO.Directory.CreateDirectory(directory.Path);
        try
        {
            return new RunLock(directory, FileMode.OpenOrCreate, madeFolder: !isThere);
        }
        catch (IOException exception)
        {
            throw new IOException($"{directory.Path} cannot be had for this run alone: is another one going on there? {exception.Message}", exception);
        }
    }

    /// <summary>Makes a folder and takes it; null where it is there already, or somebody else is making it at this moment.</summary>
    internal static RunLock? TryCreate(RunDirectory directory)
    {
        if (Path.Exists(directory.Path)) return null;
        System.IO.Directory.CreateDirectory(directory.Path);
        try
        {
            return new RunLock(directory, FileMode.CreateNew, madeFolder: true); // of all who came so far, one makes this file
        }
        catch (IOException) when (File.Exists(directory.Lock))
        {
            return null;
        }
    }

    /// <summary>
    /// Lets go of a folder in which no run has begun, and takes back what making it has changed: the files that are named, and the folder
    /// itself where this made it. Whatever else is in the folder stays, and then so does the folder.
    /// </summary>
    /// <param name="files">Files and folders of this program's own that are to go.</param>
    public void Abandon(params IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (string path in files)
        {
            if (System.IO.Directory.Exists(path)) FileOperations.DeleteFolder(path);
            else FileOperations.Delete(path);
        }
        // Windows deletes no file that is open, so there the folder is let go of first: whoever takes it now has the file open,
        // and it stays.
        if (FileSystem.Current.HoldsOpenFiles) Dispose();
        if (_madeFile) DeleteLock();
        Dispose();
        if (_madeFolder && !System.IO.Directory.EnumerateFileSystemEntries(Directory.Path).Any())
            FileOperations.DeleteFolder(Directory.Path, recursive: false);
    }

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => _file.Dispose();

    private void DeleteLock()
    {
        try
        {
            FileSystem.Current.Delete(Directory.Lock);
        }
        catch (IOException) when (FileSystem.Current.HoldsOpenFiles)
        {
            // Somebody else has taken the folder.
        }
    }
}
