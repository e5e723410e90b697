namespace Cs336.Testing;

/// <summary>A test that needs files of the shared data folder, and says which when it is skipped for want of them.</summary>
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(params string[] relativePaths)
    {
        string[] missing = [.. relativePaths.Where(path => SharedData.TryFind(path) is null)];
        if (missing.Length > 0) Skip = $"needs shared/data/{string.Join(", shared/data/", missing)}, which this machine does not have";
    }
}
