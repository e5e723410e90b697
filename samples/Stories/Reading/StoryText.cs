using System.Text.RegularExpressions;

namespace Stories;

/// <summary>Cuts stories and templates into sentences and words, both in the same way.</summary>
internal static partial class StoryText
{
    /// <summary>
    /// The sentences of a story or template in order. What is said and who says it are one: "Where is my kite?" cried Lily.
    /// </summary>
    public static string[] SentencesOf(string text) => SentenceEnd().Split(text);

    /// <summary>The words in lower case; "Lily's" is two, and articles are left out, since they follow from the words after them.</summary>
    public static IEnumerable<string> WordsOf(string text) =>
        Word().Matches(Pair().Replace(text, "")).Select(match => match.Value.ToLowerInvariant()).Where(word => word is not ("a" or "an"));

    /// <summary>A space after the end of a sentence; after that of a speech only where a new sentence begins.</summary>
    [GeneratedRegex("""(?<=[.!?]["”]?)\s+(?=["“]?\{?[A-Z])""")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();

    [GeneratedRegex("a pair of ", RegexOptions.IgnoreCase)]
    private static partial Regex Pair();
}
