using System.Text;
using System.Text.RegularExpressions;

namespace Cs336.Tokenizers.Tests;

/// <summary>BPE written as its definition reads, without a thought for speed: the oracle of the real one.</summary>
internal static partial class NaiveBpe
{
    /// <summary>Pre-tokens by .NET's regular expression, which is right for text without astral characters.</summary>
    public static IEnumerable<string> PreTokens(string text) => Gpt2Pattern().Matches(text).Select(match => match.Value);

    /// <summary>Divides text at special tokens: the leftmost first, and of those the longest.</summary>
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

    /// <summary>The pairs of byte strings that are merged, each as "left right" in hexadecimal.</summary>
    public static List<string> Train(string text, int merges, IReadOnlyList<string> specialTokens)
    {
        // Hexadecimal spelling keeps the order of byte strings, and makes them keys.
        List<List<string>> words = [.. Divide(text, specialTokens).Where(part => !part.IsSpecial).SelectMany(part => PreTokens(part.Text))
            .Select(word => Encoding.UTF8.GetBytes(word).Select(b => b.ToString("x2")).ToList())];
        List<string> made = [];
        while (made.Count < merges)
        {
            Dictionary<(string Left, string Right), int> counts = [];
            foreach (List<string> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                    counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
            }
            if (counts.Count == 0) break;
            (string left, string right) = counts.OrderByDescending(pair => pair.Value)
                .ThenByDescending(pair => pair.Key.Left, StringComparer.Ordinal)
                .ThenByDescending(pair => pair.Key.Right, StringComparer.Ordinal).First().Key;
            made.Add($"{left} {right}");
            foreach (List<string> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] != left || word[i + 1] != right) continue;
                    word[i] = left + right;
                    word.RemoveAt(i + 1);
                }
            }
        }
        return made;
    }

    /// <summary>Encodes by trying every merge in order on every pre-token.</summary>
    public static List<int> Encode(BpeModel model, string text, bool allowSpecial)
    {
        List<int> ids = [];
        foreach ((string part, bool isSpecial) in Divide(text, allowSpecial ? [.. model.SpecialTokens.Keys] : []))
        {
            if (isSpecial)
            {
                ids.Add(model.SpecialTokens[part]);
                continue;
            }
            foreach (string word in PreTokens(part)) ids.AddRange(Merge(model, word));
        }
        return ids;
    }

    /// <summary>The ids of one pre-token.</summary>
    public static List<int> Merge(BpeModel model, string piece)
    {
        List<int> symbols = [.. Encoding.UTF8.GetBytes(piece).Select(model.GetByteId)];
        foreach (BpeMerge merge in model.Merges)
        {
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (symbols[i] != merge.Left || symbols[i + 1] != merge.Right) continue;
                symbols[i] = merge.Result;
                symbols.RemoveAt(i + 1);
            }
        }
        return symbols;
    }

    /// <summary>The merges of a model in the spelling of <see cref="Train"/>.</summary>
    public static List<string> Spell(BpeModel model) =>
        [.. model.Merges.Select(merge =>
            $"{Convert.ToHexStringLower(model.GetTokenBytes(merge.Left))} {Convert.ToHexStringLower(model.GetTokenBytes(merge.Right))}")];

    [GeneratedRegex(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Gpt2Pattern();
}
