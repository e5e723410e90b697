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
    /// <exception cref="IOException">The disk is full or failed; what was there before is untouched.</exception>
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
            // where it still cannot be removed, the exception says why
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
            Write(unfinished, files, cancellationToken);
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

        string target = FolderOf(step);
        string replaced = ReplacedFolderOf(step);
        if (Directory.Exists(target)) Directory.Move(target, replaced);
        Directory.Move(unfinished, target);
        DirectorySync.Flush(_directory);
        Discard(replaced);
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
        return Task.FromResult<Stream>(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        string target = FolderOf(step);
        if (Directory.Exists(target))
        {
            // Renamed first: a removal that is interrupted must not leave half a checkpoint under its name.
            string doomed = Path.Combine(_directory, UnfinishedPrefix + "removed-" + RunFiles.CheckpointOf(step));
            if (Directory.Exists(doomed)) Directory.Delete(doomed, recursive: true);
            Directory.Move(target, doomed);
            Directory.Delete(doomed, recursive: true);
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
    /// Removes a folder that is of no use any more. A failure is ignored: it must neither fail a save nor hide why one failed, and
    /// the next save tries again.
    /// </summary>
    private static void Discard(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
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
            else Directory.Move(replaced, target);
        }
    }
}
