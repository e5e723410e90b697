using System.Numerics;

namespace Cs336.Tokenizers.Tests;

public class PairMergerTests
{
    [Fact]
    public void Equals_the_naive_merges_on_random_words()
    {
        for (int seed = 0; seed < 2500; seed++)
        {
            Random random = new(seed);
            Dictionary<string, long> words = Make(random);
            long minFrequency = random.Next(4) == 0 ? random.Next(1, 20) : 1;
            int merges = random.Next(30);
            // Too small a range has all pairs counted again in the midst of merging.
            long range = 1L << random.Next(42);

            List<string> made = seed % 2 == 0
                ? Merge<ushort>(words, merges, minFrequency, range)
                : Merge<int>(words, merges, minFrequency, range);

            if (!Naive(words, merges, minFrequency).SequenceEqual(made)) Assert.Fail($"seed {seed}");
        }
    }

    private static Dictionary<string, long> Make(Random random)
    {
        // Few letters make runs and ties; a few counts, and now and then a great one, make runs of equal counts.
        int letters = 1 + random.Next(4);
        int longest = random.Next(20) == 0 ? 80 : 12;
        Dictionary<string, long> words = [];
        for (int i = random.Next(20); i >= 0; i--)
        {
            char[] word = new char[1 + random.Next(longest)];
            for (int j = 0; j < word.Length; j++) word[j] = random.Next(20) == 0 ? '\u00ff' : (char)('a' + random.Next(letters));
            words[new string(word)] = random.Next(8) == 0 ? random.NextInt64(1L << 40) + 1 : 1 + random.Next(3);
        }
        return words;
    }

    private static List<string> Merge<TSymbol>(Dictionary<string, long> words, int merges, long minFrequency, long expectedRange)
        where TSymbol : unmanaged, IBinaryInteger<TSymbol>
    {
        PreTokenCounts counts = new();
        foreach ((string word, long count) in words) counts.Add(word.Select(c => (byte)c).ToArray(), count);
        PairMerger<TSymbol> merger = new(SymbolArena<TSymbol>.Build(counts), 256 + merges, minFrequency, expectedRange);
        List<string> made = [];
        while (made.Count < merges && merger.TryMerge(out int left, out int right))
            made.Add($"{Convert.ToHexStringLower(merger.Tokens[left])} {Convert.ToHexStringLower(merger.Tokens[right])}");
        return made;
    }

    private static List<string> Naive(Dictionary<string, long> words, int merges, long minFrequency)
    {
        List<(List<string> Symbols, long Count)> all =
            [.. words.Select(word => (word.Key.Select(c => ((byte)c).ToString("x2")).ToList(), word.Value))];
        List<string> made = [];
        while (made.Count < merges)
        {
            Dictionary<(string Left, string Right), long> counts = [];
            foreach ((List<string> symbols, long count) in all)
            {
                for (int i = 0; i + 1 < symbols.Count; i++)
                    counts[(symbols[i], symbols[i + 1])] = counts.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
            }
            if (counts.Count == 0 || counts.Values.Max() < minFrequency) break;
            long most = counts.Values.Max();
            (string left, string right) = counts.Where(pair => pair.Value == most).Select(pair => pair.Key)
                .OrderByDescending(pair => pair.Left, StringComparer.Ordinal)
                .ThenByDescending(pair => pair.Right, StringComparer.Ordinal).First();
            made.Add($"{left} {right}");
            foreach ((List<string> symbols, _) in all)
            {
                for (int i = 0; i + 1 < symbols.Count; i++)
                {
                    if (symbols[i] != left || symbols[i + 1] != right) continue;
                    symbols[i] = left + right;
                    symbols.RemoveAt(i + 1);
                }
            }
        }
        return made;
    }
}
