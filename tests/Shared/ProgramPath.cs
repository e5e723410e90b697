namespace Cs336.Testing;

/// <summary>Programs of this machine, which tests need or do without.</summary>
internal static class ProgramPath
{
    /// <summary>Where a program is, in the first folder of PATH that has a file of this name; null where there is none.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
