using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>A format of other programs in which a trained model can be written.</summary>
internal interface IExportFormat
{
    /// <summary>What <c>--format</c> calls it.</summary>
    string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    string Description { get; }

    /// <summary>What <c>--type</c> may be with it, the default first.</summary>
    IReadOnlyList<string> Types { get; }

    /// <summary>What keeps a model from being written so, one sentence each; empty where nothing does.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="tokenizer">Its tokenizer; null where none is known.</param>
    IReadOnlyList<string> FindProblems(TransformerConfig config, BpeModel? tokenizer);

    /// <summary>Writes a model whole or not at all.</summary>
    /// <param name="request">What is to be written, and where to.</param>
    /// <returns>What differs there from what was asked for.</returns>
    /// <exception cref="ArgumentException">The format cannot hold the model; the message lists every problem.</exception>
    ExportReport Write(ExportRequest request);
}
