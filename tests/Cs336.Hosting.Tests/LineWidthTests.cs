namespace Cs336.Hosting.Tests;

public sealed class LineWidthTests
{
    private const int Max = 140;

    [Fact]
    public void Lines_fit_the_width_that_editorconfig_tells()
    {
        Assert.Contains(
            $"[{{src,samples,tests,benchmarks}}/**.cs]\nmax_line_length = {Max}\n",
            File.ReadAllText(Path.Combine(RepositoryRoot.Path, ".editorconfig")));
        Assert.Empty(
            from folder in (string[])["src", "samples", "tests", "benchmarks"]
            from file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*.cs", SearchOption.AllDirectories)
            where !IsBuilt(file)
            from line in TooLong(File.ReadLines(file))
            select $"{Path.GetRelativePath(RepositoryRoot.Path, file)}, line {line.Number}: {line.Length}");

        static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj");
    }

    [Fact]
    public void Texts_that_would_be_others_if_they_were_wrapped_may_be_longer()
    {
        string wide = new('a', Max + 1);
        Assert.Equal(
            [(1, Max + 1), (6, Max + 1)],
            TooLong([wide, "\"\"\"", wide, "\"\"\"", $"\"\"\"{wide}\"\"\"", wide, new string('a', Max)]));
    }

    /// <summary>Lines that are too long, but for raw texts, in which an end of line would be one of the text.</summary>
    private static IEnumerable<(int Number, int Length)> TooLong(IEnumerable<string> lines)
    {
        const string Raw = "\"\"\"";
        bool isRaw = false;
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            int marks = line.Split(Raw).Length - 1;
            if (line.Length > Max && !isRaw && marks == 0) yield return (number, line.Length);
            isRaw ^= marks % 2 == 1;
        }
    }
}
