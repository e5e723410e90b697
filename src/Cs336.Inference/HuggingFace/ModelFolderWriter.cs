using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// A folder that becomes a model when all of its files are whole and on the disk: <c>config.json</c>, without which nothing loads it,
/// comes last.
/// </summary>
internal sealed class ModelFolderWriter : IDisposable
{
    private readonly string _directory;
    private readonly List<AtomicFile> _files = [];

    /// <exception cref="IOException">The folder is not empty; nothing was written.</exception>
    public ModelFolderWriter(string directory)
    {
        _directory = directory;
        if (File.Exists(directory)) throw new IOException($"{directory} is a file: name a folder that does not exist or is empty.");
        if (!Directory.Exists(directory)) return;
        string[] found = [.. Directory.EnumerateFileSystemEntries(directory).Take(4).Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal)];
        if (found.Length > 0)
            throw new IOException($"{directory} is not empty: it holds {string.Join(", ", found.Take(3))}"
                + $"{(found.Length > 3 ? " and others" : "")}. Name a folder that does not exist or is empty; what was interrupted leaves "
                + "files without a config.json, which can be deleted.");
    }

    /// <summary>Begins a file; <c>config.json</c> is to be the last one.</summary>
    public Stream Create(string name)
    {
        AtomicFile file = new(Path.Combine(_directory, name));
        _files.Add(file);
        return file.Stream;
    }

    /// <summary>Puts the files in their places, in the order in which they were begun.</summary>
    public void Commit()
    {
        foreach (AtomicFile file in _files) file.Finish();
        foreach (AtomicFile file in _files) file.Commit();
    }

    public void Dispose()
    {
        foreach (AtomicFile file in _files) file.Dispose();
    }
}
