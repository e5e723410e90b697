using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Text to train small SentencePiece models on, and texts on which tokenizers disagree.</summary>
internal static class SentencePieceTexts
{
    private static readonly string[] Parts =
    [
        "a", "b", "c", "ab", "ba", "aba", "bab", "abc", "aa", "the", "The", "and", "was", "little", "123", "7", "2024", "é",
        "e\u0301", "ß", "ö", "Å", "ﬁ",
        "日本", "語", "ｱ", "Привет", "мир", "①", "²", "½", "😀", "👍🏽", "\u200b", "\u3000", "\u00a0", "\t", "\n", "\r\n", "▁", "▁▁",
        "▁the", "!", "?", ".", ",",
        "<sep>", "<s>", "<unk>", "<0x41>", "<c>", "ⅷ", "한국", "\u1112\u1161\u11ab", "ก็", "\u0000", "\ufffd", "\ue000", "𝒳", "…",
        "“", "'s", "ſ",
    ];

    /// <summary>Lines of words in several scripts, always the same.</summary>
    public static string Corpus()
    {
        Random random = new(1);
        string[] words = [.. Enumerable.Range(0, 400).Select(_ => Word(random))];
        StringBuilder text = new();
        for (int line = 0; line < 3000; line++)
        {
            for (int i = 2 + random.Next(8); i > 0; i--)
                text.Append(random.Next(20) == 0 ? Parts[random.Next(Parts.Length - 3)].Trim().Replace("\0", "", StringComparison.Ordinal)
                    : Pick(random, words)).Append(' ');
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Texts, from empty to some hundred characters.</summary>
    public static IReadOnlyList<string> Hostile()
    {
        Random random = new(2);
        List<string> texts = ["", " ", "  ", "a", " a", "a ", "  a  b  ", "▁", "▁a", "\u3000", "a\u3000"];
        foreach (string part in Parts) texts.AddRange([part, $" {part}", $"{part} ", part + part, $"a{part}b", $"{part}  {part} "]);
        foreach (string part in (string[])["a", "ab", "aba", " ", "▁", "7", "é", "  a"])
        {
            for (int count = 1; count < 40; count++) texts.Add(string.Concat(Enumerable.Repeat(part, count)));
        }
        for (int i = 0; i < 4000; i++)
        {
            string[] kinds = random.GetItems(Parts, 1 + random.Next(10));
            StringBuilder text = new();
            for (int parts = random.Next(30); parts > 0; parts--)
            {
                text.Append(random.Next(3) == 0 ? Word(random) : Pick(random, kinds));
                if (random.Next(3) == 0) text.Append(' ', 1 + (random.Next(4) == 0 ? random.Next(4) : 0));
            }
            texts.Add(text.ToString());
        }
        return texts;
    }

    private static string Word(Random random)
    {
        string[] letters = random.Next(6) == 0 ? ["п", "р", "и", "е", "т"] : ["a", "b", "c", "e", "t", "h", "s", "1", "2"];
        return string.Concat(Enumerable.Range(0, 1 + random.Next(8)).Select(_ => letters[random.Next(letters.Length)]));
    }

    // The first ones are far more frequent.
    private static string Pick(Random random, string[] items) => items[random.Next(1 + random.Next(items.Length))];
}
