using System.Buffers;
using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Brings text into one of Unicode's normalization forms (Unicode Standard Annex #15).</summary>
/// <param name="Form">The form.</param>
internal sealed record UnicodeFormStep(NormalizationForm Form) : NormalizerStep
{
    // NFC leaves all below U+0300 as it is, whose first byte is 0xCC; the other forms all of ASCII.
    private byte FirstChanged => Form == NormalizationForm.FormC ? (byte)0xCB : (byte)0x7F;

    /// <summary>Whether this process can do it: with <c>InvariantGlobalization</c> .NET leaves most text as it is, without a word.</summary>
    public static bool IsSupported { get; } = "e\u0301".Normalize(NormalizationForm.FormC) == "\u00E9";

    /// <inheritdoc/>
    public override bool Changes(ReadOnlySpan<byte> utf8Text, SectionPlace place) => utf8Text.ContainsAnyExceptInRange((byte)0, FirstChanged);

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> utf8Text, IBufferWriter<byte> output, SectionPlace place)
    {
        while (!utf8Text.IsEmpty)
        {
            int malformed = FindMalformed(utf8Text, out int length);
            output.Write(Normalize(utf8Text[..malformed]));
            output.Write(utf8Text.Slice(malformed, length));
            utf8Text = utf8Text[(malformed + length)..];
        }
    }

    /// <summary>
    /// Whether the second code point begins a new sequence: nothing that combines with what is before it. Besides marks these are Hangul's
    /// vowels and final consonants, and letters that compatibility forms turn into one of those.
    /// </summary>
    public override bool AllowsCut(int first, int second)
    {
        if (second < 0x300) return true;
        if (second is (>= 0x1160 and <= 0x11FF) or (>= 0x3130 and <= 0x318F) or (>= 0xD7B0 and <= 0xD7FF) or (>= 0xFF9E and <= 0xFFDC)) return false;
        return CharUnicodeInfo.GetUnicodeCategory(second)
            is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.OtherNotAssigned);
    }

    private ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> utf8Text)
    {
        string text = Encoding.UTF8.GetString(utf8Text);
        return text.IsNormalized(Form) ? utf8Text : Encoding.UTF8.GetBytes(text.Normalize(Form));
    }

    /// <summary>The first place that is not well-formed UTF-8, and how many bytes of it are not; the text's end where all is.</summary>
    private static int FindMalformed(ReadOnlySpan<byte> text, out int length)
    {
        int start = System.Text.Unicode.Utf8.IsValid(text) ? text.Length : 0;
        for (; start < text.Length; start += length)
        {
            if (Rune.DecodeFromUtf8(text[start..], out _, out length) != OperationStatus.Done) return start;
        }
        length = 0;
        return text.Length;
    }
}
