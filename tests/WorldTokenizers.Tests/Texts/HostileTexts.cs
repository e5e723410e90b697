using System.Globalization;
using System.Text;

namespace WorldTokenizers.Tests.Texts;

/// <summary>Short texts on which tokenizers disagree, always the same ones. All of them are valid Unicode.</summary>
internal static class HostileTexts
{
    private const int Seed = 336;
    private const int MixedCount = 4500;
    private const int SpecialCount = 900;
    private const int MaxTokensTriedAlone = 60;

    // Blocks without gaps that later versions of Unicode fill: of what is newer the libraries know more or less.
    private static readonly (int First, int Last)[] OldBlocks =
    [
        (0x20, 0x7E), (0xA0, 0x377), (0x3A3, 0x481), (0x48A, 0x52F), (0x621, 0x669), (0x904, 0x94D), (0xE01, 0xE3A), (0x1E00, 0x1EFF),
        (0x2010, 0x2027), (0x2190, 0x23E8), (0x2460, 0x2B4C), (0x3041, 0x3096), (0x30A1, 0x30FF), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3),
        (0xF900, 0xFA2D), (0xFF01, 0xFFBE), (0x10000, 0x1000B), (0x10400, 0x1049D), (0x1D400, 0x1D454), (0x1D7CE, 0x1D7FF),
        (0x1F300, 0x1F5FA), (0x20000, 0x2A6D6), (0x2F800, 0x2FA1D),
    ];

    /// <summary>The texts for a file, from empty to a few hundred characters.</summary>
    /// <param name="specialTokens">Tokens that were added to the vocabulary: they stand in some of the texts, whole and in part.</param>
    public static IReadOnlyList<string> For(IReadOnlyList<string> specialTokens)
    {
        Random random = new(Seed);
        List<string> texts = [""];
        foreach (string piece in TextPieces.Kinds.SelectMany(kind => kind))
            texts.AddRange([piece, " " + piece, "a" + piece + "b", piece + piece]);
        for (int i = 0; i < MixedCount; i++) texts.Add(Mixed(random));
        if (specialTokens.Count > 0) AddSpecial(texts, specialTokens, random);
        return texts;
    }

    private static string Mixed(Random random)
    {
        StringBuilder text = new();
        int kind = random.Next(TextPieces.Kinds.Count);
        int style = random.Next(8);
        for (int parts = 1 + random.Next(random.Next(2) == 0 ? 5 : 20); parts > 0; parts--)
        {
            switch (style)
            {
                case 0: // pieces of one kind
                    text.Append(Pick(random, kind));
                    break;
                case 1: // runs
                    text.Insert(text.Length, Pick(random, random.Next(TextPieces.Kinds.Count)), 1 + random.Next(random.Next(60) + 1));
                    break;
                case 2: // characters of old blocks
                    text.Append(Character(random));
                    break;
                case 3: // marks in and out of their canonical order
                    text.Append(random.Next(3) == 0 ? Pick(random, kind) : TextPieces.Marked(random));
                    break;
                case 4: // digits
                    for (int digits = random.Next(30); digits > 0; digits--) text.Append((char)('0' + random.Next(10)));
                    text.Append(Pick(random, kind));
                    break;
                case 5: // words with contractions
                    text.Append(Pick(random, 3)).Append(Pick(random, 2)).Append(random.Next(2) == 0 ? " " : "");
                    break;
                default: // anything
                    text.Append(Pick(random, random.Next(TextPieces.Kinds.Count)));
                    break;
            }
            if (text.Length > 400) break;
        }
        return text.ToString();
    }

    private static void AddSpecial(List<string> texts, IReadOnlyList<string> specialTokens, Random random)
    {
        foreach (string token in specialTokens.Take(MaxTokensTriedAlone))
        {
            texts.AddRange([token, $" {token} ", $"a{token}b", $"a \n{token}\n b", token + token, $"{token} {token}", $"  {token}\t"]);
            texts.AddRange([$"x{token}'s", token.ToUpperInvariant()]);
        }
        for (int i = 0; i < SpecialCount; i++)
        {
            StringBuilder text = new();
            for (int parts = 1 + random.Next(8); parts > 0; parts--)
            {
                string token = specialTokens[random.Next(specialTokens.Count)];
                text.Append(random.Next(4) switch
                {
                    0 => token,
                    1 => Part(token, random),
                    2 => Pick(random, random.Next(2)) + token,
                    _ => Pick(random, random.Next(TextPieces.Kinds.Count)),
                });
            }
            texts.Add(text.ToString());
        }
    }

    /// <summary>The beginning of a token or its end, cut between characters.</summary>
    private static string Part(string token, Random random)
    {
        int[] starts = StringInfo.ParseCombiningCharacters(token);
        int cut = starts[random.Next(starts.Length)];
        return random.Next(2) == 0 ? token[..cut] : token[cut..];
    }

    private static string Character(Random random)
    {
        (int first, int last) = OldBlocks[random.Next(OldBlocks.Length)];
        return new Rune(random.Next(first, last + 1)).ToString();
    }

    private static string Pick(Random random, int kind) => random.GetItems(TextPieces.Kinds[kind], 1)[0];
}
