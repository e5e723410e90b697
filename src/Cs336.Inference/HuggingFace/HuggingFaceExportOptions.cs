namespace Cs336.Inference;

/// <summary>How <see cref="HuggingFaceFolder.Export"/> writes a model.</summary>
public sealed record HuggingFaceExportOptions
{
    /// <summary>
    /// What elements become: F32, F16 or BF16, rounded to nearest where they have to be. Default <see cref="SafetensorsType.F32"/>.
    /// </summary>
    public SafetensorsType Type { get; init; } = SafetensorsType.F32;

    /// <summary>
    /// The special token that ends a text. Null for <c>&lt;|endoftext|&gt;</c> or what other well-known vocabularies have, or the only
    /// special token where the tokenizer has one.
    /// </summary>
    public string? EndToken { get; init; }

    /// <summary>How a conversation becomes one text, as a Jinja template; null for none.</summary>
    public string? ChatTemplate { get; init; }
}
