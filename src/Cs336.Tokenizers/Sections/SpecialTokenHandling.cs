namespace Cs336.Tokenizers;

/// <summary>What encoding does with a special token that stands in the text.</summary>
public enum SpecialTokenHandling
{
    /// <summary>Encodes it as plain text, so that text from outside cannot smuggle a special token in.</summary>
    Ignore = 0,

    /// <summary>Encodes it as its one id; the text on either side is encoded apart.</summary>
    Allow,

    /// <summary>Throws a <see cref="ForbiddenSpecialTokenException"/> that names the token and its byte offset.</summary>
    Forbid,
}
