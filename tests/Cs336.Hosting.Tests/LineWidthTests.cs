namespace Cs336.Hosting.Tests;

public sealed class LineWidthTests
{
    private const int Max = 140;

    [Fact]
    public void Lines_of_the_packages_fit_the_width_that_editorconfig_tells()
    {
        Assert.Contains($"[src/**.cs]\nmax_line_length = {Max}\n", File.ReadAllText(Path.Combine(RepositoryRoot.Path, ".editorconfig")));
        string source = Path.Combine(RepositoryRoot.Path, "src");
        string[] files = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Where(file => !IsBuilt(file))];
        Assert.NotEmpty(files);
        Assert.Empty(
            from file in files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > Max
            select $"{Path.GetRelativePath(source, file)}, line {line.Index + 1}: {line.Item.Length}");

        static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj");
    }
}
