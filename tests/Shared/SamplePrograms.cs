namespace Cs336.Testing;

/// <summary>The programs of the samples, built as the tests are.</summary>
internal static class SamplePrograms
{
    /// <summary>Where a program of a sample lies; the test project has to reference the sample, so that it is built.</summary>
    public static string PathOf(string sample, string program)
    {
        // tests/<project>/bin/<configuration>/<framework> -> samples/<sample>/bin/<configuration>/<framework>
        string[] parts = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        return Path.Combine(RepositoryRoot.Path, "samples", sample, "bin", parts[^2], parts[^1], program);
    }
}
