namespace Cs336.Cli;

/// <summary>A model's folder; one that was made of another program's model is deleted in the end.</summary>
internal sealed class ImportedFolder : IDisposable
{
    private readonly DirectoryInfo? _scratch;

    /// <summary>A folder that is there.</summary>
    public ImportedFolder(string path) => Path = path;

    /// <summary>One that is made among the system's temporary files.</summary>
    public ImportedFolder(ModelPath model)
    {
        _scratch = Directory.CreateTempSubdirectory("cs336-");
        Path = System.IO.Path.Combine(_scratch.FullName, "model");
        try
        {
            model.Import(Path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public void Dispose() => _scratch?.Delete(recursive: true);
}
