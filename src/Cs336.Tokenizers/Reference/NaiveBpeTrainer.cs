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
        List<List<string>> preTokens = [.. NaivePreTokenizer.Divide(text, specialTokens)
            .Where(part => !part.IsSpecial)
            .SelectMany(part => NaivePreTokenizer.PreTokens(part.Text))
            .Select(Bytes)];
        List<string> merges = [];
        while (merges.Count < mergeCount)
        {
            Dictionary<(string Left, string Right), int> counts = CountPairs(preTokens);
            if (counts.Count == 0) break;
            // Of equally frequent pairs the lexicographically greatest.
            (string left, string right) = counts.OrderByDescending(pair => pair.Value)
                .ThenByDescending(pair => pair.Key.Left, StringComparer.Ordinal)
                .ThenByDescending(pair => pair.Key.Right, StringComparer.Ordinal).First().Key;
            merges.Add($"{left} {right}");
            foreach (List<string> preToken in preTokens) Merge(preToken, left, right);
        }
        return merges;
    }

    /// <summary>
    /// A pre-token as its bytes in UTF-8, each a token. In hexadecimal, which keeps the order of byte strings and makes them keys.
    /// </summary>
    private static List<string> Bytes(string preToken) => [.. Encoding.UTF8.GetBytes(preToken).Select(value => value.ToString("x2"))];

    private static Dictionary<(string Left, string Right), int> CountPairs(List<List<string>> preTokens)
    {
        Dictionary<(string, string), int> counts = [];
        foreach (List<string> preToken in preTokens)
        {
            for (int i = 0; i + 1 < preToken.Count; i++)
                counts[(preToken[i], preToken[i + 1])] = counts.GetValueOrDefault((preToken[i], preToken[i + 1])) + 1;
        }
        return counts;
    }

    private static void Merge(List<string> preToken, string left, string right)
    {
        for (int i = 0; i + 1 < preToken.Count; i++)
        {
            if (preToken[i] != left || preToken[i + 1] != right) continue;
            preToken[i] = left + right;
            preToken.RemoveAt(i + 1);
        }
    }
}
