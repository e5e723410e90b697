using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Puts a text before each section that is not empty.</summary>
/// <param name="Prefix">What is put before a section, such as "▁".</param>
/// <param name="OnlyAtTextStart">Whether only before the first section, where no added token stands before it.</param>
/// <param name="UnlessPresent">Whether only where the section does not begin with it already.</param>
internal sealed record PrependStep(string Prefix, bool OnlyAtTextStart, bool UnlessPresent) : NormalizerStep
{
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(Prefix);

    /// <inheritdoc/>
    public override bool Changes(ReadOnlySpan<byte> utf8Text, SectionPlace place)
    {
        bool isStart = place == SectionPlace.TextStart || (place == SectionPlace.AfterToken && !OnlyAtTextStart);
        return isStart && !utf8Text.IsEmpty && !(UnlessPresent && utf8Text.StartsWith(_prefix));
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> utf8Text, IBufferWriter<byte> output, SectionPlace place)
    {
        if (Changes(utf8Text, place)) output.Write(_prefix);
        output.Write(utf8Text);
    }

    /// <inheritdoc/>
    public override bool AllowsCut(int first, int second) => true;
}
