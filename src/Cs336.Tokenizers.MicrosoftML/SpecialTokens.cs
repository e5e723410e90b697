using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers.MicrosoftML;

/// <summary>Finds special tokens in text: the leftmost, and of those that start there the longest.</summary>
internal sealed class SpecialTokens
{
    private readonly (byte[] Bytes, int Id)[] _longestFirst;
    private readonly SearchValues<byte> _firstBytes;

    public SpecialTokens(IEnumerable<KeyValuePair<string, int>> tokens)
    {
        _longestFirst = [.. tokens
            .Select(token => (Bytes: Encoding.UTF8.GetBytes(token.Key), Id: token.Value))
            .Where(token => token.Bytes.Length > 0)
            .OrderByDescending(token => token.Bytes.Length)];
        _firstBytes = SearchValues.Create([.. _longestFirst.Select(token => token.Bytes[0])]);
    }

    public bool TryFind(ReadOnlySpan<byte> text, out int start, out int length, out int id)
    {
        start = 0;
        for (int skip = text.IndexOfAny(_firstBytes); skip >= 0; skip = text[start..].IndexOfAny(_firstBytes))
        {
            start += skip;
            foreach ((byte[] bytes, int candidate) in _longestFirst)
            {
                if (!text[start..].StartsWith(bytes)) continue;
                (length, id) = (bytes.Length, candidate);
                return true;
            }
            start++;
        }
        (start, length, id) = (text.Length, 0, -1);
        return false;
    }

    /// <summary>Whether a special token, perhaps one that the text has only the beginning of, reaches across an offset.</summary>
    public bool MayContain(ReadOnlySpan<byte> text, int offset)
    {
        foreach ((byte[] bytes, _) in _longestFirst)
        {
            for (int start = Math.Max(0, offset - bytes.Length + 1); start < offset; start++)
            {
                int seen = Math.Min(bytes.Length, text.Length - start);
                if (text.Slice(start, seen).SequenceEqual(bytes.AsSpan(0, seen))) return true;
            }
        }
        return false;
    }
}
