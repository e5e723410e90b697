namespace Cs336.Tokenizers;

/// <summary>How to encode a corpus of many files.</summary>
public sealed class CorpusEncoderOptions
{
    /// <summary>What to do with special tokens in the text; allowed by default, since a corpus marks its documents with them.</summary>
    public SpecialTokenHandling SpecialTokens { get; init; } = SpecialTokenHandling.Allow;

    /// <summary>How the files are encoded; by default UTF-8 unless they begin with the byte order mark of UTF-16 or UTF-32.</summary>
    public TextEncoding TextEncoding { get; init; }

    /// <summary>What reads files that are not text alone; null, the default, where they are.</summary>
    public ICorpusReader? Reader { get; init; }

    /// <summary>How many threads encode: at least 1, by default one per processor. The result is the same for any number.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Tells when the manifest is written while texts are encoded.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;
}
