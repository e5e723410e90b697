namespace Cs336.Tokenizers;

/// <summary>What a piece of a SentencePiece model is; the numbers are those of its file.</summary>
internal enum SentencePieceKind
{
    /// <summary>A character, or what merges make.</summary>
    Normal = 1,

    /// <summary>What stands for all that has no piece.</summary>
    Unknown = 2,

    /// <summary>A piece that no text becomes, such as the one that begins a text.</summary>
    Control = 3,

    /// <summary>A text that is one piece wherever it stands.</summary>
    UserDefined = 4,

    /// <summary>A piece that is cut into its parts again.</summary>
    Unused = 5,

    /// <summary>A byte of a character that has no piece.</summary>
    Byte = 6,
}
