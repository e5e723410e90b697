namespace Cs336.Tokenizers;

/// <summary>Where a section of text stands, which decides what is put before it.</summary>
internal enum SectionPlace
{
    /// <summary>At the start of the text.</summary>
    TextStart,

    /// <summary>After an added token.</summary>
    AfterToken,

    /// <summary>It goes on from a part that was given before.</summary>
    Continuation,
}
