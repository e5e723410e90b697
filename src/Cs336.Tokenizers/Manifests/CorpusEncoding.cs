namespace Cs336.Tokenizers;

/// <summary>What came of encoding a corpus.</summary>
/// <param name="ManifestPath">Where the manifest is.</param>
/// <param name="Manifest">What it says.</param>
/// <param name="Encoded">How many texts were encoded.</param>
/// <param name="Skipped">How many had been encoded before.</param>
public sealed record CorpusEncoding(string ManifestPath, TokenManifest Manifest, int Encoded, int Skipped);
