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

    /// <summary>Writes a model whole or not at all.</summary>
    /// <param name="request">What is to be written, and where to.</param>
    /// <returns>What is missing there, or done otherwise, a sentence each; empty where all is the same.</returns>
    /// <exception cref="ArgumentException">The format cannot hold the model; the message lists every problem.</exception>
    IReadOnlyList<string> Write(ExportRequest request);
}
