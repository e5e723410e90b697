using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>Keeps all others out of a run's folder until it is disposed or the process ends, however it ends.</summary>
public sealed class RunLock : IDisposable
{
    private const int MaxAttempts = 100; // each fails only where somebody lets go of the folder at that very moment
    private readonly FileStream _file;
    private readonly bool _madeFolder;
    private readonly bool _madeFile;

    private RunLock(RunDirectory directory, FileMode mode, bool madeFolder)
    {
        Directory = directory;
        _madeFolder = madeFolder;
        _madeFile = !File.Exists(directory.Lock);
        try
        {
            _file = new FileStream(directory.Lock, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(
                $"{directory.Lock}, which keeps other runs out of the folder, cannot be opened to be written: {exception.Message} "
                + "Allow it to this user, remove the file where no run is going on in the folder, or name another folder.", exception);
        }
    }

    /// <summary>The folder.</summary>
    public RunDirectory Directory { get; }

    /// <summary>Takes a folder; it is made where it is missing.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <exception cref="IOException">Somebody else has it, or it cannot be written to.</exception>
    public static RunLock Take(RunDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        for (int attempt = 1; ; attempt++)
        {
            bool isThere = System.IO.Directory.Exists(directory.Path);
            try
            {
                System.IO.Directory.CreateDirectory(directory.Path);
            }
            catch (IOException) when (attempt < MaxAttempts && !File.Exists(directory.Path))
            {
                continue; // it was there when it was to be made, and is gone again
            }
            try
            {
                RunLock taken = new(directory, FileMode.OpenOrCreate, madeFolder: !isThere);
                if (taken.HoldsFileInPlace()) return taken;
                taken.Dispose();
                if (attempt == MaxAttempts) throw new IOException("Others take it and let go of it again and again.");
            }
            catch (DirectoryNotFoundException) when (attempt < MaxAttempts)
            {
                // Who had the folder has taken it away since it was looked at.
            }
            catch (IOException exception) when (exception.InnerException is not UnauthorizedAccessException)
            {
                throw new IOException($"{directory.Path} cannot be had for this run alone: is another one going on there? "
                    + $"{exception.Message}", exception);
            }
        }
    }

    /// <summary>Makes a folder and takes it; null where it is there already, or somebody else is making it at this moment.</summary>
    internal static RunLock? TryCreate(RunDirectory directory)
    {
        if (Path.Exists(directory.Path)) return null;
        System.IO.Directory.CreateDirectory(directory.Path);
        try
        {
            // of several that have come this far, only one can create this file
            return new RunLock(directory, FileMode.CreateNew, madeFolder: true);
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
        try
        {
            if (_madeFolder && !System.IO.Directory.EnumerateFileSystemEntries(Directory.Path).Any())
                FileOperations.DeleteFolder(Directory.Path, recursive: false);
        }
        catch (IOException)
        {
            // Somebody else has taken the folder since the lock was let go, and keeps it.
        }
    }

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Whether the file that is locked is the one in the folder. A system that opens first and locks then, as Unix does, lets one lock
    /// a file that <see cref="Abandon"/> has removed in between; the next who comes would make a new file and have the folder too.
    /// </summary>
    private bool HoldsFileInPlace()
    {
        int length = Random.Shared.Next(1, 1 << 16); // shows by the file's name whether it is this file
        _file.SetLength(length);
        FileInfo inPlace = new(Directory.Lock);
        bool isIt = inPlace.Exists && inPlace.Length == length;
        _file.SetLength(0);
        return isIt;
    }

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
