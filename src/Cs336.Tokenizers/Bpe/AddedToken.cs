namespace Cs336.Tokenizers;

/// <summary>
/// A text that is one token wherever it stands, without merging: a special token, or one that was added to a finished vocabulary.
/// </summary>
/// <param name="Text">As it stands in texts.</param>
/// <param name="Id">Its id in the vocabulary, from 0.</param>
/// <remarks>The properties are those of Hugging Face's <c>tokenizer.json</c>.</remarks>
public sealed record AddedToken(string Text, int Id)
{
    /// <summary>
    /// Whether it is a special token, which <see cref="SpecialTokenHandling"/> is about and which decoding can leave out. Any other is
    /// always found in text, as a run of spaces is in some vocabularies for code.
    /// </summary>
    public bool IsSpecial { get; init; } = true;

    /// <summary>Whether white space before it belongs to it: it is then lost in decoding.</summary>
    public bool TakesSpaceBefore { get; init; }

    /// <summary>Whether white space after it belongs to it: it is then lost in decoding.</summary>
    public bool TakesSpaceAfter { get; init; }

    /// <summary>Whether it counts only where no letter, digit or underscore is next to it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Whether it is looked for in the text after its normalization, and not in the text as it was given.</summary>
    public bool IsNormalized { get; init; }
}
