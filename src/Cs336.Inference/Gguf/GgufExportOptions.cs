namespace Cs336.Inference;

/// <summary>How <see cref="GgufExport"/> writes a model.</summary>
public sealed record GgufExportOptions
{
    /// <summary>
    /// What matrices are held in; norms are float32 in any case, and <see cref="GgufExport.FindTensors"/> tells what else is not of the
    /// type. Default <see cref="GgufType.F16"/>.
    /// </summary>
    public GgufType Type { get; init; } = GgufType.F16;

    /// <summary>What programs show as the model's name. Null for the name of the file.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The special token that ends a text. Null for <c>&lt;|endoftext|&gt;</c> or what other well-known vocabularies have, or the only
    /// special token where the tokenizer has one.
    /// </summary>
    public string? EndToken { get; init; }

    /// <summary>How a conversation becomes one text, as a Jinja template; null for none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>
    /// What programs that look for it in the file are to draw tokens with: temperature, top-k, top-p, min-p and repetition penalty. Null to
    /// leave that to them.
    /// </summary>
    public GenerationOptions? Sampling { get; init; }
}
