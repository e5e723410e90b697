using System.Text.RegularExpressions;

namespace Cs336.Testing;

/// <summary>
/// Finds folders of a package that use each other, directly or by way of others: which of them to read first nobody can tell then. A folder
/// within a folder is one of its own. A folder uses another where an identifier in its code is the name of a type that is declared there;
/// comments, texts and members after a dot do not count.
/// </summary>
internal static partial class FolderCircles
{
    /// <summary>Fails with the folders of each circle and one use for every step around it.</summary>
    /// <param name="package">The folder of the package's source, from the repository's root.</param>
    public static void AssertNone(string package)
    {
        string root = Path.Combine(RepositoryRoot.Path, package);
        string[] files =
            [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Where(file => !IsBuilt(Path.GetRelativePath(root, file)))];
        IReadOnlyList<string> circles = Find([.. files.Select(file => (Path.GetRelativePath(root, file), File.ReadAllText(file)))]);
        Assert.True(circles.Count == 0, string.Join(Environment.NewLine, circles));
    }

    /// <summary>The circles, a sentence each.</summary>
    /// <param name="files">Paths within the package and contents.</param>
    public static IReadOnlyList<string> Find(IReadOnlyList<(string Path, string Text)> files)
    {
        (string Folder, string Path, string Code)[] sources = [.. files.Select(file => (FolderOf(file.Path), file.Path, Strip(file.Text)))];
        ILookup<string, string> homes = sources.SelectMany(
            source => Declarations().Matches(source.Code).Select(match => (match.Groups["name"].Value, source.Folder)))
            .Distinct().ToLookup(item => item.Value, item => item.Folder);
        Dictionary<(string From, string To), string> uses = [];
        foreach ((string folder, string path, string code) in sources)
            foreach (string name in Identifiers().Matches(code).Select(match => match.Value).Distinct())
                if (!homes[name].Contains(folder)) // a name that the folder has itself is its own
                    foreach (string other in homes[name]) uses.TryAdd((folder, other), $"{path} uses {name} of {NameOf(other)}");
        string[] folders = [.. sources.Select(source => source.Folder).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, HashSet<string>> reached = folders.ToDictionary(folder => folder, folder => Reach(folder, uses.Keys));
        return [.. folders.Where(folder => reached[folder].Contains(folder))
            .GroupBy(folder =>
                string.Join(", ",
                folders.Where(other => reached[folder].Contains(other) && reached[other].Contains(folder)).Select(NameOf)))
            .Select(circle => $"{circle.Key} are in a circle: {string.Join("; ", UsesWithin(circle))}.")];

        IEnumerable<string> UsesWithin(IEnumerable<string> circle) =>
            uses.Where(use => circle.Contains(use.Key.From) && circle.Contains(use.Key.To)).Select(use => use.Value);
    }

    private static HashSet<string> Reach(string folder, IEnumerable<(string From, string To)> uses)
    {
        HashSet<string> reached = [];
        Stack<string> next = new([folder]);
        while (next.TryPop(out string? from))
            foreach ((_, string to) in uses.Where(use => use.From == from))
                if (reached.Add(to)) next.Push(to);
        return reached;
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(path)!;

    private static bool IsBuilt(string path) => path.Split(Path.DirectorySeparatorChar)[0] is "bin" or "obj";

    private static string NameOf(string folder) => folder.Length == 0 ? "the root" : folder;

    /// <summary>The code without comments and texts; what a text interpolates stays.</summary>
    private static string Strip(string text)
    {
        text = CommentsAndPlainTexts().Replace(text, match => match.Value.StartsWith('$') ? match.Value : " ");
        return InterpolatedTexts().Replace(
            text, match => string.Join(" ", Holes().Matches(match.Value).Select(hole => hole.Groups["code"].Value)));
    }

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\$+"{3}.*?"{3}|"{3}.*?"{3}|\$@?"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'""",
        RegexOptions.Singleline)]
    private static partial Regex CommentsAndPlainTexts();

    [GeneratedRegex("""\$+"{3}.*?"{3}|\$@?"(?:[^"\\]|\\.)*"?""", RegexOptions.Singleline)]
    private static partial Regex InterpolatedTexts();

    [GeneratedRegex("""\{(?<code>[^{}:]*)""")]
    private static partial Regex Holes();

    [GeneratedRegex("""\b(?:class|struct|interface|enum|record(?:\s+struct)?)\s+(?<name>[A-Z]\w*)""")]
    private static partial Regex Declarations();

    [GeneratedRegex("""(?<![\w.])[A-Z]\w*""")]
    private static partial Regex Identifiers();
}
