namespace Cs336.Tokenizers;

/// <summary>One token file of a <see cref="TokenManifest"/>, and the text that it was encoded from.</summary>
public sealed record TokenManifestShard
{
    /// <summary>The token file, from the manifest's folder, with <c>/</c> between folders.</summary>
    public required string File { get; init; }

    /// <summary>How many ids it has.</summary>
    public required long Tokens { get; init; }

    /// <summary>The SHA-256 of the token file, in hexadecimal digits.</summary>
    public required string Checksum { get; init; }

    /// <summary>The text, from the folder that all texts lie in, with <c>/</c> between folders.</summary>
    public required string Input { get; init; }

    /// <summary>How many bytes the text's file has.</summary>
    public required long InputBytes { get; init; }

    /// <summary>The SHA-256 of the text's file.</summary>
    public required string InputChecksum { get; init; }

    /// <summary>How many bytes of UTF-8 were encoded.</summary>
    public required long TextBytes { get; init; }
}
