namespace Cs336.Tokenizers;

/// <summary>What came of encoding a corpus.</summary>
/// <param name="ManifestPath">The manifest's path.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Encoded">How many texts were encoded.</param>
/// <param name="Skipped">How many had been encoded before.</param>
public sealed record CorpusEncoding(string ManifestPath, TokenManifest Manifest, int Encoded, int Skipped);
