namespace Cs336.Tokenizers;

/// <summary>The pattern that a file with ranks names, followed as tiktoken follows it.</summary>
internal static class RankedPattern
{
    /// <summary>What cuts text by it.</summary>
    /// <exception cref="InvalidDataException">It cannot be followed; the message says why.</exception>
    public static IPreTokenizer Read(RankedJson json)
    {
        string pattern = json.Text();
        if (pattern.Length == 0) throw json.Wrong("a regular expression");
        if (PatternSpellings.FindKnown(pattern) is IPreTokenizer known) return known;
        try
        {
            PatternPreTokenizer own = new(pattern);
            return own.CoversAll
                ? own
                : throw json.Wrong("one that every text matches without gaps: tiktoken leaves what lies between matches out of the ids");
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(
                $"{json.Path}: '{json.Name}' is {VocabularyFile.Quote(pattern)}, which cannot be followed: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
