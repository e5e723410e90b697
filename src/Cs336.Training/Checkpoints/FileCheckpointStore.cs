using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// Keeps each checkpoint as a folder, <c>step-00001000</c>, of plain files. A checkpoint is written to a folder beside, synced to
/// the disk, and only then given its name, so that a folder of that name is always whole.
/// </summary>
public sealed class FileCheckpointStore : ICheckpointStore
{
    private const string UnfinishedPrefix = ".unfinished-";
    private const string ReplacedPrefix = ".replaced-";
    private readonly string _directory;

    /// <summary>Makes a store; nothing is touched on the disk until the first save.</summary>
    /// <param name="directory">The folder that holds the checkpoints' folders.</param>
    public FileCheckpointStore(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _directory = Path.GetFullPath(directory);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">
    /// The disk is full or failed, or, on Windows, another program has a file of the checkpoint open; what was there before is untouched.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentNullException.ThrowIfNull(files);
        Directory.CreateDirectory(_directory);
        FinishInterruptedReplacements();
        foreach (string left in Directory.EnumerateDirectories(_directory, UnfinishedPrefix + "*").ToArray()) Discard(left);

        string unfinished = Path.Combine(_directory, UnfinishedPrefix + RunFiles.CheckpointOf(step));
        try
        {
            // Where it could not be discarded above, this fails for the same reason, which then is the one to tell.
            if (Directory.Exists(unfinished)) FileOperations.DeleteFolder(unfinished);
            Write(unfinished, files, cancellationToken);
            PutInPlace(unfinished, step);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Discard(unfinished);
            string message = $"The checkpoint of step {step} cannot be saved in {_directory}: {exception.Message} Those saved before "
                + "are untouched.";
            throw exception is IOException ? new IOException(message, exception) : new UnauthorizedAccessException(message, exception);
        }
        catch
        {
            Discard(unfinished);
            throw;
        }

        DirectorySync.Flush(_directory);
        Discard(ReplacedFolderOf(step));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default)
    {
        SortedSet<long> steps = [];
        if (Directory.Exists(_directory))
            foreach (string folder in Directory.EnumerateDirectories(_directory))
                if (StepOf(Path.GetFileName(folder)) is long step) steps.Add(step);
        return Task.FromResult<IReadOnlyList<long>>([.. steps]);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default)
    {
        string folder = FolderOf(step), path = Path.Combine(folder, CheckName(file));
        // A reader changes nothing: the folder may be read-only, or the writer just about to put the new one in its place.
        if (!Directory.Exists(folder)) path = Path.Combine(ReplacedFolderOf(step), file);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{file}' of a checkpoint of step {step}: {Path.Combine(folder, file)} "
                + "does not exist.", path);
        return Task.FromResult<Stream>(FileOperations.OpenRead(path));
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        string target = FolderOf(step);
        if (Directory.Exists(target))
        {
            // Renamed first: a removal that is interrupted must not leave half a checkpoint under its name.
            string doomed = Path.Combine(_directory, UnfinishedPrefix + "removed-" + RunFiles.CheckpointOf(step));
            if (Directory.Exists(doomed)) FileOperations.DeleteFolder(doomed);
            FileOperations.MoveFolder(target, doomed);
            FileOperations.DeleteFolder(doomed);
        }
        return Task.CompletedTask;
    }

    /// <summary>The folder of a step's checkpoint, whether it exists or not.</summary>
    public string FolderOf(long step) => Path.Combine(_directory, RunFiles.CheckpointOf(step));

    private static void Write(string folder, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (CheckpointFile file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using FileStream stream = new(Path.Combine(folder, CheckName(file.Name)), FileMode.CreateNew, FileAccess.Write);
            file.WriteTo(stream);
            stream.Flush(flushToDisk: true);
        }
        DirectorySync.Flush(folder);
    }

    /// <summary>
    /// Removes what is of no use any more. Where that fails, the next save tries again: it neither makes this save fail, nor hides why this
    /// one has failed.
    /// </summary>
    private static void Discard(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) FileSystem.Current.DeleteFolder(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Gives a whole checkpoint its name. What had the name before has it again where that fails.</summary>
    private void PutInPlace(string unfinished, long step)
    {
        string target = FolderOf(step), replaced = ReplacedFolderOf(step);
        bool replaces = Directory.Exists(target);
        if (replaces) FileOperations.MoveFolder(target, replaced);
        try
        {
            FileOperations.MoveFolder(unfinished, target);
        }
        catch when (replaces)
        {
            FileOperations.MoveFolder(replaced, target);
            throw;
        }
    }

    private static long? StepOf(string name)
    {
        if (name.StartsWith(ReplacedPrefix, StringComparison.Ordinal)) name = name[ReplacedPrefix.Length..];
        return RunFiles.StepOf(name);
    }

    private string ReplacedFolderOf(long step) => Path.Combine(_directory, ReplacedPrefix + RunFiles.CheckpointOf(step));

    private static string CheckName(string file)
    {
        if (file.Length == 0 || file != Path.GetFileName(file) || file is "." or "..")
            throw new ArgumentException($"'{file}' is no name for a file of a checkpoint: expected a plain file name.");
        return file;
    }

    /// <summary>
    /// A crash between the two renames of a replacement leaves the older folder under another name: it goes back, or goes away.
    /// </summary>
    private void FinishInterruptedReplacements()
    {
        foreach (string replaced in Directory.EnumerateDirectories(_directory, ReplacedPrefix + "*").ToArray())
        {
            string target = Path.Combine(_directory, Path.GetFileName(replaced)[ReplacedPrefix.Length..]);
            if (Directory.Exists(target)) Discard(replaced);
            else FileOperations.MoveFolder(replaced, target);
        }
    }
}
