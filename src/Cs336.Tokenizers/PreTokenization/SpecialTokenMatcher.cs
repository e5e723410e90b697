using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Finds special tokens in text: the leftmost, and of those that start there the longest.</summary>
internal sealed class SpecialTokenMatcher
{
    private readonly Token[] _longestFirst;
    private readonly SearchValues<byte> _firstBytes;
    private readonly byte[] _commonStart;

    public SpecialTokenMatcher(IEnumerable<KeyValuePair<string, int>> specialTokens)
    {
        List<Token> tokens = [];
        foreach ((string text, int id) in specialTokens) tokens.Add(new Token(Encoding.UTF8.GetBytes(text), id));
        _longestFirst = [.. tokens.OrderByDescending(token => token.Bytes.Length)];
        _firstBytes = SearchValues.Create([.. _longestFirst.Select(token => token.Bytes[0])]);
        _commonStart = [.. _longestFirst.Select(token => token.Bytes).Aggregate(
            _longestFirst.Length > 0 ? _longestFirst[0].Bytes : [], (start, token) => start[..start.AsSpan().CommonPrefixLength(token)])];
    }

    /// <summary>Finds the first special token of a text; where there is none, <paramref name="start"/> is the text's length.</summary>
    public bool TryFind(ReadOnlySpan<byte> text, out int start, out int length, out int id)
    {
        for (start = 0; start < text.Length; start++)
        {
            // Tokens mostly begin alike, as in "<|", which is rarer in text than its first byte.
            int skip = _commonStart.Length > 1 ? text[start..].IndexOf(_commonStart) : text[start..].IndexOfAny(_firstBytes);
            if (skip < 0) break;
            start += skip;
            foreach ((byte[] bytes, int candidate) in _longestFirst)
            {
                if (!text[start..].StartsWith(bytes)) continue;
                length = bytes.Length;
                id = candidate;
                return true;
            }
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

    private int FindEndOfLastToken(ReadOnlySpan<byte> text)
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

    private bool MayBeWithinToken(ReadOnlySpan<byte> text, int cut)
    {
        foreach ((byte[] bytes, _) in _longestFirst)
        {
            for (int start = Math.Max(0, cut - bytes.Length + 1); start < cut; start++)
            {
                int seen = Math.Min(bytes.Length, text.Length - start);
                if (text.Slice(start, seen).SequenceEqual(bytes.AsSpan(0, seen))) return true;
            }
        }
        return false;
    }

    // A class: what the framework has compiled beforehand for references serves it, which is half of what a short program
    // would wait for here.
    private sealed record Token(byte[] Bytes, int Id);
}
