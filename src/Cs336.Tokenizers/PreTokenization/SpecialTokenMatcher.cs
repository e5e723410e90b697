using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Finds special tokens in text: the leftmost, and of those that start there the longest.</summary>
internal sealed class SpecialTokenMatcher
{
    private readonly Token[] _longestFirst;
    private readonly SearchValues<byte> _firstBytes;
    private readonly byte[] _commonStart;

    // Some vocabularies add thousands of tokens, so a token at a place of a text is looked up and not searched for: a token of one byte by
    // that byte, longer ones by two bytes. All tokens that have these two bytes are then tried, the longest first.
    private readonly Token?[] _ofOneByte = new Token?[256];
    private readonly Dictionary<ushort, Token[]> _byTwoBytes;
    // Where in a token the two bytes stand: after the start that all tokens share, which tells none apart, or else at the end of the
    // shortest token that has two bytes.
    private readonly int _twoBytesPlace;

    public SpecialTokenMatcher(IEnumerable<KeyValuePair<string, int>> specialTokens)
    {
        List<Token> tokens = [];
        foreach ((string text, int id) in specialTokens) tokens.Add(new Token(Encoding.UTF8.GetBytes(text), id));
        _longestFirst = [.. tokens.OrderByDescending(token => token.Bytes.Length)];
        foreach (Token token in _longestFirst.Where(token => token.Bytes.Length == 1)) _ofOneByte[token.Bytes[0]] = token;
        _firstBytes = SearchValues.Create([.. _longestFirst.Select(token => token.Bytes[0])]);
        _commonStart = [.. _longestFirst.Select(token => token.Bytes).Aggregate(
            _longestFirst.Length > 0 ? _longestFirst[0].Bytes : [], (start, token) => start[..start.AsSpan().CommonPrefixLength(token)])];
        Token[] longer = [.. _longestFirst.Where(token => token.Bytes.Length > 1)];
        if (longer.Length > 0) _twoBytesPlace = Math.Min(_commonStart.Length, longer[^1].Bytes.Length - sizeof(ushort));
        _byTwoBytes = longer.GroupBy(token => TwoBytesOf(token.Bytes)).ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>A matcher for special tokens whose ids are their places in a list.</summary>
    public static SpecialTokenMatcher Of(IEnumerable<string> specialTokens) =>
        new(specialTokens.Select((token, id) => KeyValuePair.Create(token, id)));

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _longestFirst.Length == 0;

    /// <summary>Finds the first special token of a text; where there is none, <paramref name="start"/> is the text's length.</summary>
    public bool TryFind(ReadOnlySpan<byte> text, out int start, out int length, out int id)
    {
        for (start = 0; start < text.Length; start++)
        {
            // Tokens mostly begin alike, as in "<|", which is rarer in text than its first byte.
            int skip = _commonStart.Length > 1 ? text[start..].IndexOf(_commonStart) : text[start..].IndexOfAny(_firstBytes);
            if (skip < 0) break;
            start += skip;
            if (FindAt(text[start..]) is not Token token) continue;
            length = token.Bytes.Length;
            id = token.Id;
            return true;
        }
        start = text.Length;
        length = 0;
        id = -1;
        return false;
    }

    /// <summary>
    /// The last safe cut of the pre-tokenizer that lies within no special token, nor within one that what follows may
    /// complete; where there is none, the end of the last special token that is certain; or 0.
    /// </summary>
    public int FindSafeCut(ReadOnlySpan<byte> text, IPreTokenizer preTokenizer)
    {
        int cut = preTokenizer.FindSafeCut(text);
        while (cut > 0 && MayBeWithinToken(text, cut)) cut = preTokenizer.FindSafeCut(text[..cut]);
        return cut > 0 ? cut : FindEndOfLastToken(text);
    }

    /// <summary>
    /// As <see cref="FindSafeCut"/>, for a stretch from the midst of a text: a special token may have begun before it.
    /// </summary>
    public int FindSafeCutAmidst(ReadOnlySpan<byte> text, IPreTokenizer preTokenizer)
    {
        int longest = IsEmpty ? 0 : _longestFirst[0].Bytes.Length, min = Math.Max(1, longest - 1);
        int cut = preTokenizer.FindSafeCut(text);
        while (cut >= min && MayBeWithinToken(text, cut)) cut = preTokenizer.FindSafeCut(text[..cut]);
        if (cut >= min) return cut;
        // With what stands before, the first bytes may belong to another token. So only a token counts that no other can reach into.
        for (int start = min; start < text.Length; start++)
        {
            if (FindAt(text[start..]) is not Token token) continue;
            int end = start + token.Bytes.Length;
            if (end + longest <= text.Length && !MayBeWithinToken(text, start) && !MayBeWithinToken(text, end)) return end;
        }
        return 0;
    }

    /// <summary>The end of the last special token of a text that what follows cannot make a longer one; 0 where there is none.</summary>
    public int FindEndOfLastToken(ReadOnlySpan<byte> text)
    {
        int end = 0;
        while (TryFind(text[end..], out int start, out int length, out _))
        {
            // What follows could still make it a longer one.
            if (end + start + _longestFirst[0].Bytes.Length > text.Length) break;
            end += start + length;
        }
        return end;
    }

    /// <summary>Whether a place lies within a token, or within one that what follows the text may complete.</summary>
    public bool MayBeWithinToken(ReadOnlySpan<byte> text, int cut)
    {
        foreach (Token token in _longestFirst)
        {
            ReadOnlySpan<byte> bytes = token.Bytes;
            for (int start = Math.Max(0, cut - bytes.Length + 1); start < cut; start++)
            {
                int seen = Math.Min(bytes.Length, text.Length - start);
                if (text.Slice(start, seen).SequenceEqual(bytes[..seen])) return true;
            }
        }
        return false;
    }

    /// <summary>Whether a token ends at a place of a text, or begins there, be it only as far as the text goes.</summary>
    public bool IsAtEdgeOfToken(ReadOnlySpan<byte> text, int place)
    {
        foreach (Token token in _longestFirst)
        {
            ReadOnlySpan<byte> bytes = token.Bytes;
            if (text[..place].EndsWith(bytes) || bytes.StartsWith(text[place..Math.Min(text.Length, place + bytes.Length)])) return true;
        }
        return false;
    }

    private ushort TwoBytesOf(ReadOnlySpan<byte> text) => MemoryMarshal.Read<ushort>(text[_twoBytesPlace..]);

    private Token? FindAt(ReadOnlySpan<byte> text)
    {
        if (text.Length >= _twoBytesPlace + sizeof(ushort) && _byTwoBytes.TryGetValue(TwoBytesOf(text), out Token[]? tokens))
        {
            foreach (Token token in tokens)
            {
                if (text.StartsWith(token.Bytes)) return token;
            }
        }
        return _ofOneByte[text[0]];
    }

    // A class and not a struct: for collections of references .NET brings compiled code along, for those of a struct it compiles at run
    // time, which would double what a short program waits for here.
    private sealed record Token(byte[] Bytes, int Id);
}
