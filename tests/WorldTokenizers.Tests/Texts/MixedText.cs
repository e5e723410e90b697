using System.Text;

namespace WorldTokenizers.Tests.Texts;

/// <summary>Five megabytes: hostile texts, the sources and pages of this repository, and prose where the machine has some.</summary>
internal static class MixedText
{
    private const int TargetLength = 5_000_000;
    private const int HostileLength = 400_000;
    private const int ProseLength = 500_000;
    private const int DocumentLength = 40_000;
    private static readonly string[] Prose = ["corpora/tinystories_197k.txt", "corpora/tinyshakespeare.txt", "cs336/corpus.en"];
    private static readonly string[] Folders = ["src", "tests", "samples", "benchmarks", "docs"];

    /// <summary>The text in pieces of some ten thousand characters, which together are the whole.</summary>
    public static IReadOnlyList<string> Documents(IReadOnlyList<string> hostileTexts)
    {
        StringBuilder text = new();
        for (int i = 0; text.Length < HostileLength; i++)
            text.Append(hostileTexts[i * 7919 % hostileTexts.Count]).Append(i % 3 == 0 ? "\n" : " ");
        foreach (string path in Prose.Select(SharedData.TryFind).OfType<string>())
            text.Append(File.ReadAllText(path).AsSpan().UpTo(ProseLength));
        string[] files = [.. Folders.SelectMany(Sources).Order(StringComparer.Ordinal)];
        for (int i = 0; text.Length < TargetLength; i = (i + 1) % files.Length) text.Append(File.ReadAllText(files[i]));
        return [.. Cut(text.ToString())];
    }

    private static ReadOnlySpan<char> UpTo(this ReadOnlySpan<char> text, int length) => text[..CutAt(text, Math.Min(length, text.Length))];

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*", SearchOption.AllDirectories).Where(path =>
            Path.GetExtension(path) is ".cs" or ".md" && !path.Split(Path.DirectorySeparatorChar).Any(name => name is "bin" or "obj"));

    private static IEnumerable<string> Cut(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = CutAt(text, Math.Min(start + DocumentLength, text.Length));
            yield return text[start..end];
        }
    }

    /// <summary>The place, or the one before it where it would divide a surrogate pair.</summary>
    private static int CutAt(ReadOnlySpan<char> text, int place) =>
        place > 0 && place < text.Length && char.IsLowSurrogate(text[place]) ? place - 1 : place;
}
