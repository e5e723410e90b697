namespace Cs336.Training;

/// <summary>Where the tokens of a <see cref="TokenDataset"/> are. May be read from many threads at once.</summary>
internal interface ITokenSource : IDisposable
{
    /// <summary>Its path, or what it is called.</summary>
    string Path { get; }

    /// <summary>Number of tokens.</summary>
    long Length { get; }

    /// <summary>How it was understood, where it is not as it would be written here; null where it is.</summary>
    string? Note => null;

    /// <summary>What tells the tokenizer that made it from others; null where that is not known.</summary>
    string? TokenizerFingerprint => null;

    /// <summary>Reads consecutive tokens, as many as the destination holds.</summary>
    void Read(long start, Span<int> destination);
}
