using System.Buffers;
using System.Diagnostics;

namespace Cs336.Tokenizers;

/// <summary>What a tokenizer made of a text.</summary>
/// <param name="Tokenizer">The tokenizer's name.</param>
/// <param name="Corpus">The text's name.</param>
/// <param name="Bytes">The text's length in bytes of UTF-8.</param>
/// <param name="Tokens">The ids it was encoded to.</param>
/// <param name="EncodingTime">The time that encoding took, on one thread, without that of reading the text.</param>
public sealed record CorpusMeasurement(string Tokenizer, string Corpus, long Bytes, long Tokens, TimeSpan EncodingTime)
{
    /// <summary>The size of the Pile (Gao et al. 2020), a common yardstick: 825 GB.</summary>
    public const long PileBytes = 825_000_000_000;

    /// <summary>The compression ratio: bytes of text that one id stands for, on average. NaN for an empty text.</summary>
    public double BytesPerToken => (double)Bytes / Tokens;

    /// <summary>Bytes of text encoded per second.</summary>
    public double BytesPerSecond => Bytes / EncodingTime.TotalSeconds;

    /// <summary>How long a text of some length would take at this speed, for example <see cref="PileBytes"/>.</summary>
    public TimeSpan TimeFor(long bytes) =>
        Bytes == 0 ? throw new InvalidOperationException(
            $"{Corpus} is empty, so it shows no speed.") : EncodingTime * ((double)bytes / Bytes);

    /// <summary>Encodes a text block by block and counts. Memory stays at one block where the tokenizer knows safe cuts.</summary>
    /// <param name="tokenizerName">The tokenizer's name in the result.</param>
    /// <param name="tokenizer">What encodes the text.</param>
    /// <param name="corpus">The text, which is read in blocks.</param>
    /// <param name="specialTokens">What to do with special tokens in it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static CorpusMeasurement Measure(
        string tokenizerName, ITokenizer tokenizer, TextCorpus corpus,
        SpecialTokenHandling specialTokens = SpecialTokenHandling.Allow, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizerName);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(corpus);
        using Stream text = corpus.Open();
        Utf8BlockReader reader = new(text, block => tokenizer.FindSafeCut(block, specialTokens));
        ArrayBufferWriter<int> ids = new();
        Stopwatch clock = new();
        long bytes = 0;
        long tokens = 0;
        for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            ids.ResetWrittenCount();
            clock.Start();
            tokenizer.Encode(block.Span, ids, specialTokens);
            clock.Stop();
            bytes += block.Length;
            tokens += ids.WrittenCount;
        }
        return new CorpusMeasurement(tokenizerName, corpus.Name, bytes, tokens, clock.Elapsed);
    }
}
