using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Trains BPE as its definition reads (Sennrich et al. 2016), without a thought for speed: count all pairs, merge the most frequent one
/// everywhere, and begin again. <see cref="BpeTrainer"/> gives the same merges, and tests hold it to that.
/// </summary>
internal static class NaiveBpeTrainer
{
    /// <summary>The pairs of byte strings that are merged, in order, each as "left right" in hexadecimal.</summary>
    public static List<string> Train(string text, int mergeCount, IReadOnlyList<string> specialTokens)
    {
        List<List<string>> words = [.. NaivePreTokenizer.Divide(text, specialTokens)
            .Where(part => !part.IsSpecial)
            .SelectMany(part => NaivePreTokenizer.PreTokens(part.Text))
            .Select(Bytes)];
        List<string> merges = [];
        while (merges.Count < mergeCount)
        {
            Dictionary<(string Left, string Right), int> counts = CountPairs(words);
            if (counts.Count == 0) break;
            // Of equally frequent pairs the lexicographically greatest.
            (string left, string right) = counts.OrderByDescending(pair => pair.Value)
                .ThenByDescending(pair => pair.Key.Left, StringComparer.Ordinal)
                .ThenByDescending(pair => pair.Key.Right, StringComparer.Ordinal).First().Key;
            merges.Add($"{left} {right}");
            foreach (List<string> word in words) Merge(word, left, right);
        }
        return merges;
    }

    /// <summary>
    /// A word as its bytes in UTF-8, each a token. In hexadecimal, which keeps the order of byte strings and makes them keys.
    /// </summary>
    private static List<string> Bytes(string word) => [.. Encoding.UTF8.GetBytes(word).Select(value => value.ToString("x2"))];

    private static Dictionary<(string Left, string Right), int> CountPairs(List<List<string>> words)
    {
        Dictionary<(string, string), int> counts = [];
        foreach (List<string> word in words)
        {
            for (int i = 0; i + 1 < word.Count; i++)
                counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
        }
        return counts;
    }

    private static void Merge(List<string> word, string left, string right)
    {
        for (int i = 0; i + 1 < word.Count; i++)
        {
            if (word[i] != left || word[i + 1] != right) continue;
            word[i] = left + right;
            word.RemoveAt(i + 1);
        }
    }
}
