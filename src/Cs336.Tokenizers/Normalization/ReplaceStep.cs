using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Replaces a text wherever it stands.</summary>
/// <param name="From">The text that is looked for.</param>
/// <param name="To">What is put in its place.</param>
internal sealed record ReplaceStep(string From, string To) : NormalizerStep
{
    private readonly byte[] _from = Encoding.UTF8.GetBytes(From), _to = Encoding.UTF8.GetBytes(To);
    private readonly HashSet<int> _codePoints = [.. From.EnumerateRunes().Select(rune => rune.Value)];

    /// <summary>Whether it looks for a single code point.</summary>
    public bool IsOne { get; } = From.EnumerateRunes().Count() == 1;

    /// <inheritdoc/>
    public override bool Changes(ReadOnlySpan<byte> utf8Text, SectionPlace place) => utf8Text.IndexOf(_from) >= 0;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> utf8Text, IBufferWriter<byte> output, SectionPlace place)
    {
        for (int found; (found = utf8Text.IndexOf(_from)) >= 0; utf8Text = utf8Text[(found + _from.Length)..])
        {
            output.Write(utf8Text[..found]);
            output.Write(_to);
        }
        output.Write(utf8Text);
    }

    /// <inheritdoc/>
    public override bool AllowsCut(int first, int second) => IsOne || !_codePoints.Contains(first) || !_codePoints.Contains(second);
}
