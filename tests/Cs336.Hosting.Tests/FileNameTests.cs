namespace Cs336.Hosting.Tests;

public sealed class FileNameTests
{
    private static readonly string[] Folders = ["src", "tests", "samples", "benchmarks", "docs"];

    [Fact]
    public void Every_file_can_be_checked_out_on_Windows_too()
    {
        string[] names = [.. Folders.SelectMany(folder => NamesIn(Path.Combine(RepositoryRoot.Path, folder)))];
        Assert.True(names.Length > 1000, "The repository's files are not found any more.");
        Assert.DoesNotContain(names, name => name.AsSpan().ContainsAny("*?\"<>|:\\") || name.EndsWith('.') || name.EndsWith(' '));
    }

    private static IEnumerable<string> NamesIn(string folder) => Directory.EnumerateFileSystemEntries(folder).SelectMany(path =>
        Path.GetFileName(path) is not ("bin" or "obj" or "TestResults")
            && Directory.Exists(path) ? NamesIn(path).Prepend(Path.GetFileName(path))
        : [Path.GetFileName(path)]);
}
