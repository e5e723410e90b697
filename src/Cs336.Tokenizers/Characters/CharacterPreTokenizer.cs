using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Cuts text where no token of a SentencePiece vocabulary reaches across: before the mark that stands for a space. Such vocabularies do
/// not cut text at all, so this changes no id; it makes pre-tokens of words, which can be remembered.
/// </summary>
internal sealed class CharacterPreTokenizer : IPairwisePreTokenizer
{
    private const int Mark = 0x2581;
    private static readonly byte[] MarkBytes = [0xE2, 0x96, 0x81];

    // What stands before the mark within a token: mostly just the mark itself.
    private readonly HashSet<int> _before;

    private CharacterPreTokenizer(HashSet<int> before) => _before = before;

    /// <summary>The pattern is empty: nothing cuts the text.</summary>
    public string Pattern => "";

    /// <summary>The pre-tokenizer that fits a vocabulary's merges.</summary>
    public static CharacterPreTokenizer For(BpeParts parts)
    {
        HashSet<int> before = [];
        foreach (int id in parts.Merges.Select(merge => merge.Result).Distinct())
        {
            ReadOnlySpan<byte> token = parts.Tokens[id];
            for (int place = 0; token[place..].IndexOf(MarkBytes) is int found and >= 0; place += found + MarkBytes.Length)
            {
                if (place + found == 0) continue;
                Rune.DecodeLastFromUtf8(token[..(place + found)], out Rune rune, out _);
                before.Add(rune.Value);
            }
        }
        return new CharacterPreTokenizer(before);
    }

    /// <inheritdoc/>
    public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
    {
        if (ends.IsEmpty) throw new ArgumentException("ends is empty, but needs room for at least one offset.", nameof(ends));
        int count = 0;
        for (int position = 0; position < utf8Text.Length && count < ends.Length;) ends[count++] = position = FindEnd(utf8Text, position);
        return count;
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => SafeCuts.Find(utf8Text, this);

    /// <inheritdoc/>
    public bool IsCut(int first, int second) => second == Mark && !_before.Contains(first);

    private int FindEnd(ReadOnlySpan<byte> text, int start)
    {
        for (int place = start + 1; place < text.Length; place++)
        {
            int found = text[place..].IndexOf(MarkBytes);
            if (found < 0) break;
            place += found;
            Rune.DecodeLastFromUtf8(text[start..place], out Rune rune, out _);
            if (!_before.Contains(rune.Value)) return place;
        }
        return text.Length;
    }
}
