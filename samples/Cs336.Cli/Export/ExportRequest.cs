using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>A model to be written in another format.</summary>
/// <param name="ModelFolder">Where its configuration and its weights are.</param>
/// <param name="Tokenizer">What it was trained with; null where none is known.</param>
/// <param name="Type">What its matrices are to be held in, one of <see cref="IExportFormat.Types"/>.</param>
/// <param name="Output">Where to.</param>
internal sealed record ExportRequest(string ModelFolder, BpeModel? Tokenizer, string Type, string Output)
{
    /// <summary>What programs are to call it; null for the output's name.</summary>
    public string? Name { get; init; }

    /// <summary>The special token that ends a text; null to find out.</summary>
    public string? EndToken { get; init; }

    /// <summary>A chat template in Jinja; null for none.</summary>
    public string? ChatTemplate { get; init; }
}
