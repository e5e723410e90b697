using System.Globalization;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// Keeps each checkpoint as a folder, <c>step-00001000</c>, of plain files. A checkpoint is written to a folder beside, synced to
/// the disk, and only then given its name, so that a folder of that name is always whole.
/// </summary>
public sealed class FileCheckpointStore : ICheckpointStore
{
    private const string Prefix = "step-";
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
    public Task SaveAsync(long step, IReadOnlyList<CheckpointPart> parts, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentNullException.ThrowIfNull(parts);
        Directory.CreateDirectory(_directory);
        FinishInterruptedReplacements();
        foreach (string left in Directory.EnumerateDirectories(_directory, UnfinishedPrefix + "*").ToArray()) Directory.Delete(left, recursive: true);

        string unfinished = Path.Combine(_directory, UnfinishedPrefix + NameOf(step));
        Directory.CreateDirectory(unfinished);
        try
        {
            foreach (CheckpointPart part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using FileStream file = new(Path.Combine(unfinished, CheckName(part.Name)), FileMode.CreateNew, FileAccess.Write);
                part.WriteTo(file);
                file.Flush(flushToDisk: true);
            }
            DirectorySync.Flush(unfinished);
        }
        catch
        {
            Directory.Delete(unfinished, recursive: true);
            throw;
        }

        string target = FolderOf(step);
        string replaced = Path.Combine(_directory, ReplacedPrefix + NameOf(step));
        if (Directory.Exists(target)) Directory.Move(target, replaced);
        Directory.Move(unfinished, target);
        DirectorySync.Flush(_directory);
        if (Directory.Exists(replaced)) Directory.Delete(replaced, recursive: true);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default)
    {
        List<long> steps = [];
        if (Directory.Exists(_directory))
        {
            FinishInterruptedReplacements();
            foreach (string folder in Directory.EnumerateDirectories(_directory, Prefix + "*"))
                if (long.TryParse(Path.GetFileName(folder)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long step) && FolderOf(step) == folder)
                    steps.Add(step);
        }
        steps.Sort();
        return Task.FromResult<IReadOnlyList<long>>(steps);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(long step, string part, CancellationToken cancellationToken = default)
    {
        string path = Path.Combine(FolderOf(step), CheckName(part));
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no part '{part}' of a checkpoint of step {step}: {path} does not exist.", path);
        return Task.FromResult<Stream>(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long step, CancellationToken cancellationToken = default)
    {
        string target = FolderOf(step);
        if (Directory.Exists(target))
        {
            // Renamed first: a removal that is interrupted must not leave half a checkpoint under its name.
            string doomed = Path.Combine(_directory, UnfinishedPrefix + "removed-" + NameOf(step));
            if (Directory.Exists(doomed)) Directory.Delete(doomed, recursive: true);
            Directory.Move(target, doomed);
            Directory.Delete(doomed, recursive: true);
        }
        return Task.CompletedTask;
    }

    /// <summary>The folder of a step's checkpoint, whether it exists or not.</summary>
    public string FolderOf(long step) => Path.Combine(_directory, NameOf(step));

    private static string NameOf(long step) => Prefix + step.ToString("D8", CultureInfo.InvariantCulture);

    private static string CheckName(string part)
    {
        if (part.Length == 0 || part != Path.GetFileName(part) || part is "." or "..")
            throw new ArgumentException($"'{part}' is no name for a part of a checkpoint: expected a plain file name.");
        return part;
    }

    /// <summary>A crash between the two renames of a replacement leaves the older folder under another name: it goes back, or goes away.</summary>
    private void FinishInterruptedReplacements()
    {
        foreach (string replaced in Directory.EnumerateDirectories(_directory, ReplacedPrefix + "*").ToArray())
        {
            string target = Path.Combine(_directory, Path.GetFileName(replaced)[ReplacedPrefix.Length..]);
            if (Directory.Exists(target)) Directory.Delete(replaced, recursive: true);
            else Directory.Move(replaced, target);
        }
    }
}
