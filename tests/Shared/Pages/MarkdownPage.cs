using System.Text;

namespace Cs336.Testing;

/// <summary>A Markdown page of the repository.</summary>
/// <param name="Path">From the repository's root, with slashes.</param>
/// <param name="Text">What it says, with \n between lines.</param>
internal sealed record MarkdownPage(string Path, string Text)
{
    /// <summary>What is built, downloaded or left by a run.</summary>
    private static readonly string[] Passed = ["bin", "obj", "artifacts", "runs", "node_modules", "TestResults"];

    private static readonly Lazy<MarkdownPage[]> AllPages = new(() => [.. FindAll().Order(StringComparer.Ordinal).Select(Read)]);

    /// <summary>All there are, wherever they lie.</summary>
    public static IReadOnlyList<MarkdownPage> All => AllPages.Value;

    /// <param name="path">From the repository's root.</param>
    public static MarkdownPage Read(string path) =>
        new(path, File.ReadAllText(System.IO.Path.Combine(RepositoryRoot.Path, path)).ReplaceLineEndings("\n"));

    /// <summary>Every fenced block, indented ones and those between tildes too.</summary>
    public IReadOnlyList<Fence> Fences()
    {
        List<Fence> fences = [];
        string[] lines = Text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string opening = lines[i].TrimStart();
            if (opening.Length < 3 || opening[0] is not ('`' or '~')) continue;
            string marks = new(opening[0], opening.TakeWhile(c => c == opening[0]).Count());
            string language = opening[marks.Length..].Trim();
            if (marks.Length < 3 || language.Contains('`')) continue; // a span of code that a line begins with
            int indent = lines[i].Length - opening.Length, first = i + 1;
            StringBuilder code = new();
            while (++i < lines.Length && !Closes(lines[i].Trim(), marks))
                code.Append(lines[i].AsSpan(Math.Min(indent, lines[i].Length - lines[i].TrimStart().Length))).Append('\n');
            if (i == lines.Length) throw new InvalidDataException($"{Path}, line {first}: the fence is not closed.");
            fences.Add(new Fence(Path, first + 1, language, code.ToString()));
        }
        return fences;
    }

    private static bool Closes(string line, string marks) =>
        line.StartsWith(marks, StringComparison.Ordinal) && line.Trim(marks[0]).Length == 0;

    private static IEnumerable<string> FindAll() =>
        Directory.EnumerateFiles(RepositoryRoot.Path, "*.md", SearchOption.AllDirectories)
        .Select(file => System.IO.Path.GetRelativePath(RepositoryRoot.Path, file).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(Passed.Contains));
}
