namespace Cs336.Inference;

/// <summary>
/// Finds stop strings in a text that comes in pieces, in one pass over it (Knuth, Morris and Pratt, 1977), and holds back
/// the end of the text while it might still become one.
/// </summary>
internal sealed class StopStringMatcher(IReadOnlyList<string> stopStrings)
{
    private readonly Pattern[] _patterns = [.. stopStrings.Select(text => new Pattern(text))];
    private string _held = "";

    /// <summary>Whether a stop string was found; no more text is then taken.</summary>
    public bool Found { get; private set; }

    /// <summary>Takes the next piece and returns the text that can be shown: up to a stop string, or up to what may become one.</summary>
    public string Append(string piece)
    {
        if (_patterns.Length == 0) return piece;
        string text = _held + piece;
        for (int i = _held.Length; i < text.Length; i++)
        {
            int found = 0;
            foreach (Pattern pattern in _patterns)
                if (pattern.Advance(text[i]))
                    found = Math.Max(found, pattern.Text.Length); // of several that end here, the longest began first
            if (found == 0) continue;
            Found = true;
            _held = "";
            return text[..(i + 1 - found)];
        }
        int held = _patterns.Max(pattern => pattern.Matched);
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>Ends the text and returns what was held back.</summary>
    public string Flush()
    {
        string held = _held;
        _held = "";
        return held;
    }

    private sealed class Pattern
    {
        private readonly int[] _fallback; // for each prefix the length of its longest border: a proper prefix that is also a suffix

        public Pattern(string text)
        {
            Text = text;
            _fallback = new int[text.Length + 1];
            for (int i = 1, border = 0; i < text.Length; i++)
            {
                while (border > 0 && text[i] != text[border]) border = _fallback[border];
                if (text[i] == text[border]) border++;
                _fallback[i + 1] = border;
            }
        }

        public string Text { get; }

        /// <summary>How many characters of the pattern the text ends with.</summary>
        public int Matched { get; private set; }

        public bool Advance(char next)
        {
            while (Matched > 0 && next != Text[Matched]) Matched = _fallback[Matched];
            if (next == Text[Matched]) Matched++;
            return Matched == Text.Length;
        }
    }
}
