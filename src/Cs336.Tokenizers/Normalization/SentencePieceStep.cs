using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// What SentencePiece does to a text before it becomes pieces, all in one pass, where simpler steps together would not do the same.
/// </summary>
/// <param name="Map">What becomes of characters; null where they stay as they are.</param>
/// <param name="AddsSpace">Whether a space is put at the section's edge.</param>
/// <param name="PutsSpaceAfter">Whether that edge is the end.</param>
/// <param name="RemovesExtraSpaces">Whether runs of spaces become one, and those at the section's edges none.</param>
/// <param name="EscapesSpaces">Whether U+2581 stands for a space.</param>
/// <param name="Kept">Texts that are left as they are: those of user-defined pieces.</param>
internal sealed record SentencePieceStep(
    CharacterMap? Map, bool AddsSpace, bool PutsSpaceAfter, bool RemovesExtraSpaces, bool EscapesSpaces, IReadOnlyList<string> Kept)
    : NormalizerStep
{
    private const byte Space = (byte)' ';
    private static readonly byte[] Mark = [0xE2, 0x96, 0x81];

    private readonly SpecialTokenMatcher _kept = new(Kept.Select((text, number) => KeyValuePair.Create(text, number)));

    private readonly bool _cutsBeforeSpace =
        !(AddsSpace && PutsSpaceAfter) && Map?.MayFollow(Space) != true && !Kept.Any(text => text.Contains(' '));

    /// <summary>User-defined pieces are looked for as they are spelled.</summary>
    public override bool ChangesTokens => false;

    /// <summary>What it does, in words.</summary>
    public IEnumerable<string> Describe()
    {
        if (Map is not null) yield return "maps characters (precompiled_charsmap)";
        if (RemovesExtraSpaces) yield return "makes one of several spaces, and none of those at a text's edges";
        if (AddsSpace) yield return $"puts a space {(PutsSpaceAfter ? "after" : "before")} a text";
        if (EscapesSpaces) yield return "spells a space as U+2581";
        if (Kept.Count > 0) yield return $"leaves user-defined pieces as they are ({Kept.Count:N0})";
    }

    /// <inheritdoc/>
    public override bool Changes(ReadOnlySpan<byte> utf8Text, SectionPlace place) => !utf8Text.IsEmpty;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> utf8Text, IBufferWriter<byte> output, SectionPlace place)
    {
        ArrayBufferWriter<byte> normalized = new(utf8Text.Length + (utf8Text.Length / 4) + 16);
        Walk walk = new(this, utf8Text);
        bool isStart = place != SectionPlace.Continuation;
        if (isStart && RemovesExtraSpaces) walk.SkipSpaces();
        if (walk.IsAtEnd) return;
        if (isStart && AddsSpace && !PutsSpaceAfter) WriteSpace(normalized);
        bool afterSpace = isStart && RemovesExtraSpaces;
        while (!walk.IsAtEnd)
        {
            ReadOnlySpan<byte> part = walk.Next();
            if (afterSpace) part = part.TrimStart(Space);
            if (part.IsEmpty) continue;
            afterSpace = RemovesExtraSpaces && part[^1] == Space;
            Write(part, normalized);
        }
        ReadOnlySpan<byte> written = normalized.WrittenSpan, space = EscapesSpaces ? Mark : " "u8;
        while (RemovesExtraSpaces && written.EndsWith(space)) written = written[..^space.Length];
        output.Write(written);
        if (AddsSpace && PutsSpaceAfter) WriteSpace(output);
    }

    /// <summary>
    /// Text is cut before spaces only, and after characters of ASCII that begin and end with themselves: nothing that is mapped or kept
    /// reaches across, and the space is not one of a run.
    /// </summary>
    public override bool AllowsCut(int first, int second)
    {
        if (!_cutsBeforeSpace || second != Space || first is <= Space or > '~') return false;
        if (Map is null) return true;
        if (Map.MayFollow((byte)first)) return false;
        return !Map.TryMatch([(byte)first], out _, out ReadOnlySpan<byte> value) || value.SequenceEqual([(byte)first]);
    }

    private void Write(ReadOnlySpan<byte> part, IBufferWriter<byte> output)
    {
        for (int space; EscapesSpaces && (space = part.IndexOf(Space)) >= 0; part = part[(space + 1)..])
        {
            output.Write(part[..space]);
            output.Write(Mark);
        }
        output.Write(part);
    }

    private void WriteSpace(IBufferWriter<byte> output) => output.Write(EscapesSpaces ? Mark : " "u8);

    /// <summary>
    /// Goes through a text: kept texts stay, the longest that the map knows is mapped, and anything else is one character.
    /// </summary>
    private ref struct Walk(SentencePieceStep step, ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _position;
        private int _keptStart = -1, _keptLength;

        public readonly bool IsAtEnd => _position == _text.Length;

        public void SkipSpaces()
        {
            while (!IsAtEnd)
            {
                int before = _position;
                if (Next() is [Space]) continue;
                _position = before;
                return;
            }
        }

        public ReadOnlySpan<byte> Next()
        {
            int start = _position;
            if (_keptStart < start && !step._kept.IsEmpty)
            {
                step._kept.TryFind(_text[start..], out int found, out _keptLength, out _);
                _keptStart = start + found;
            }
            if (_keptStart == start && _keptLength > 0)
            {
                _position += _keptLength;
                return _text.Slice(start, _keptLength);
            }
            ReadOnlySpan<byte> rest = _text[start..];
            if (step.Map is not null && step.Map.TryMatch(rest, out int length, out ReadOnlySpan<byte> value))
            {
                _position += length;
                return value;
            }
            Rune.DecodeFromUtf8(rest, out _, out length);
            _position += length;
            return rest[..length];
        }
    }
}
