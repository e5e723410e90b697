using System.Text.RegularExpressions;

namespace Cs336.Tokenizers;

/// <summary>Cuts text as the definitions read, without a thought for speed: special tokens first, then the pattern of GPT-2.</summary>
internal static class NaivePreTokenizer
{
    // By UTF-16 unit: right for text without characters beyond U+FFFF.
    private static readonly Regex Pattern = new(Gpt2PreTokenizer.Instance.Pattern, RegexOptions.CultureInvariant);

    /// <summary>The pre-tokens of a text without special tokens and without characters beyond U+FFFF.</summary>
    public static IEnumerable<string> PreTokens(string text) => Pattern.Matches(text).Select(match => match.Value);

    /// <summary>Divides text at special tokens: the leftmost first, and of those that start there the longest.</summary>
    public static IEnumerable<(string Text, bool IsSpecial)> Divide(string text, IReadOnlyList<string> specialTokens)
    {
        int start = 0;
        for (int i = 0; i < text.Length;)
        {
            string? token = specialTokens.Where(t => string.CompareOrdinal(text, i, t, 0, t.Length) == 0).MaxBy(t => t.Length);
            if (token is null)
            {
                i++;
                continue;
            }
            if (i > start) yield return (text[start..i], false);
            yield return (token, true);
            start = i += token.Length;
        }
        if (start < text.Length) yield return (text[start..], false);
    }
}
