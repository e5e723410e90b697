namespace Stories;

/// <summary>The two rules of English spelling that depend on a neighboring word or position.</summary>
internal static class English
{
    /// <summary>"a red ball", "an orange ball". Wrong for words like "hour".</summary>
    public static string WithArticle(string phrase) =>
        "aeiou".Contains(phrase[0], StringComparison.Ordinal) ? $"an {phrase}" : $"a {phrase}";

    /// <summary>The text with its first letter in upper case.</summary>
    public static string Capitalize(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
