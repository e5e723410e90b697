using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Brings text into one of Unicode's normalization forms (Unicode Standard Annex #15), as version 9 has them: see
/// <see cref="LaterCodePoints"/>.
/// </summary>
/// <remarks>It needs no ICU, and does the same with <c>InvariantGlobalization</c>, under which .NET's own leaves text as it is.</remarks>
/// <param name="Form">NFC, NFD, NFKC or NFKD.</param>
internal sealed record UnicodeFormStep(NormalizationForm Form) : NormalizerStep
{
    // All forms leave ASCII as it is, and NFC all below U+0300, whose first byte is 0xCC: such text does not even load the tables.
    private byte LastUnchanged => Form == NormalizationForm.FormC ? (byte)0xCB : (byte)0x7F;

    /// <inheritdoc/>
    public override bool Changes(ReadOnlySpan<byte> utf8Text, SectionPlace place) =>
        utf8Text.ContainsAnyExceptInRange((byte)0, LastUnchanged) && !UnicodeForm.Of(Form).Holds(utf8Text);

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> utf8Text, IBufferWriter<byte> output, SectionPlace place)
    {
        UnicodeForm form = UnicodeForm.Of(Form);
        int start = 0;
        for (int position = 0; utf8Text[position..].IndexOfAnyInRange(LaterCodePoints.FirstByte, (byte)0xFF) is int found and >= 0;)
        {
            position += found;
            Rune.DecodeFromUtf8(utf8Text[position..], out Rune rune, out int length);
            if (LaterCodePoints.Contains(rune.Value))
            {
                // Nothing is composed with it, or sorted past it.
                form.Write(utf8Text[start..position], output);
                output.Write(utf8Text.Slice(position, length));
                start = position + length;
            }
            position += length;
        }
        form.Write(utf8Text[start..], output);
    }

    /// <summary>
    /// Whether the second code point begins a cluster: neither it nor what it is decomposed into is sorted before, or composed with,
    /// anything that stands before it, whatever that is.
    /// </summary>
    public override bool AllowsCut(int first, int second) => second < 0x300 || UnicodeForm.Of(Form).BeginsCluster(second);
}
