namespace Cs336.Testing;

/// <summary>Finds the reference corpora that stand beside a developer's checkout; users do not have them.</summary>
internal static class SharedData
{
    /// <summary>The path of a shared data file, or null where this machine does not have it.</summary>
    public static string? TryFind(string relativePath)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data", relativePath);
            if (File.Exists(candidate)) return candidate;
        }
        return null;
    }
}
