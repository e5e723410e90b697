namespace Cs336.Inference;

/// <summary>What a token is, by the numbers of <c>tokenizer.ggml.token_type</c>.</summary>
internal enum GgufTokenType
{
    /// <summary>Made of bytes, and spelled so.</summary>
    Normal = 1,

    /// <summary>Stands for what has no token.</summary>
    Unknown = 2,

    /// <summary>A special token, found in text only where that is asked for.</summary>
    Control = 3,

    /// <summary>Found in text wherever it stands.</summary>
    UserDefined = 4,

    /// <summary>An id that no text has.</summary>
    Unused = 5,

    /// <summary>A byte, in vocabularies of characters.</summary>
    Byte = 6,
}
