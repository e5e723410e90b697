using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Small texts made of everything that is awkward: ties, contractions, kinds of space, many scripts, special tokens.</summary>
internal static class RandomText
{
    public static readonly string[] SpecialTokens = ["<|endoftext|>", "<|endoftext|><|endoftext|>", "<|x", "'s s"];

    private static readonly string[] Parts =
    [
        "a", "b", "ab", "aa", "ba", "abab", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "'", "'s", "'ll", "'l", "'ve", "'t", "’s",
        "1", "12", "½", "٣", ".", "...", "!?", "é", "ß", "日本", "語", "Привет", "\u0301", "\u200d", "<", "<|", "<|end", "text|>",
        "<|endoftext|>", "<|endoftext|><|endoftext|>", "<|x", "'s s", "the", " the", "The",
    ];

    /// <summary>Text without astral characters, which .NET's regular expressions get right.</summary>
    public static string Make(Random random, int parts)
    {
        StringBuilder text = new();
        // A few kinds of part a text make repeats, and so merges, likely.
        string[] kinds = random.GetItems(Parts, 1 + random.Next(12));
        for (int i = 0; i < parts; i++) text.Append(kinds[random.Next(kinds.Length)]);
        return text.ToString();
    }
}
