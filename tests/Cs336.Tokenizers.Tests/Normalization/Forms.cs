using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>The four forms, and texts in them by this library alone.</summary>
internal static class Forms
{
    public static readonly NormalizationForm[] All =
        [NormalizationForm.FormC, NormalizationForm.FormD, NormalizationForm.FormKC, NormalizationForm.FormKD];

    // A code point by itself, then among marks that are sorted and composed, in a syllable, and after a syllable that takes a tail.
    private static readonly (string Before, string After)[] Neighbours =
        [("", "|"), ("e", "\u0301|"), ("a\u0323", "\u0327\u0302|"), ("\u1100", "\u11A8|"), ("\uAC00", "\u1161|"), ("=", "\u0338\u0345|")];

    /// <summary>Brings a text into a form; it must be in it then, and before only where it is not changed.</summary>
    public static byte[] Normalize(NormalizationForm form, ReadOnlySpan<byte> text)
    {
        UnicodeForm unicodeForm = UnicodeForm.Of(form);
        ArrayBufferWriter<byte> output = new();
        unicodeForm.Write(text, output);
        byte[] normalized = output.WrittenSpan.ToArray();
        Assert.Equal(text.SequenceEqual(normalized), unicodeForm.Holds(text));
        Assert.True(unicodeForm.Holds(normalized));
        return normalized;
    }

    /// <summary>Brings a text into a form.</summary>
    public static string Normalize(NormalizationForm form, string text) =>
        Encoding.UTF8.GetString(Normalize(form, Encoding.UTF8.GetBytes(text)));

    /// <summary>A text as its code points, to tell where two differ.</summary>
    public static string Spell(string text) => string.Join(' ', text.EnumerateRunes().Select(rune => $"{rune.Value:X4}"));

    /// <summary>A code point by itself and among others that may compose with it and with each other.</summary>
    public static string AmongNeighbours(int codePoint) =>
        string.Concat(Neighbours.Select(neighbours => neighbours.Before + char.ConvertFromUtf32(codePoint) + neighbours.After));

    /// <summary>All code points but surrogates.</summary>
    public static IEnumerable<int> CodePoints() => Enumerable.Range(0, 0x110000).Where(Rune.IsValid);

    /// <summary>The code points of which the tables tell anything.</summary>
    public static int[] TableCodePoints()
    {
        List<int> codePoints = [];
        UnicodeTables.Instance.EntryOf.ForEach((codePoint, _) => codePoints.Add(codePoint));
        return [.. codePoints];
    }

    /// <summary>A random text of code points that normalization has to do with, with much that can be composed.</summary>
    public static string RandomText(Random random, int[] codePoints, int length)
    {
        StringBuilder text = new();
        for (int i = 0; i < length; i++)
        {
            int codePoint = random.Next(8) switch
            {
                0 => "aAeEoOuUiI<=>sS"[random.Next(15)],
                1 or 2 => random.Next(0x300, 0x370),
                3 => random.Next(0x1100, 0x1200),
                4 => Hangul.FirstSyllable + (28 * random.Next(399)) + random.Next(2),
                5 => random.Next(0x900, 0xE00),
                _ => codePoints[random.Next(codePoints.Length)],
            };
            text.Append(new Rune(codePoint));
        }
        return text.ToString();
    }
}
