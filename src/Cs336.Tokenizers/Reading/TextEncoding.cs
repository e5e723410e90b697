namespace Cs336.Tokenizers;

/// <summary>
/// How the characters of a text are written as bytes. A byte order mark at its start is never part of it. See <see cref="Utf8TextStream"/>.
/// </summary>
public enum TextEncoding
{
    /// <summary>
    /// UTF-8, unless the text begins with the byte order mark of UTF-16 or UTF-32: then it is decoded, as .NET's own readers do. A text
    /// that looks like UTF-16 or UTF-32 and has no mark is refused.
    /// </summary>
    Auto,

    /// <summary>UTF-8, whatever the text looks like; only the marks of UTF-16 and UTF-32 are refused.</summary>
    Utf8,

    /// <summary>UTF-16 in the order that its mark tells, without one in the order that puts zeros where they belong.</summary>
    Utf16,
}
