using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Strings, streams and files over any <see cref="ITokenizer"/>.</summary>
public static class TokenizerExtensions
{
    /// <summary>The ids of a text. A lone surrogate, which UTF-8 cannot hold, is encoded as U+FFFD.</summary>
    /// <exception cref="ArgumentException">The text holds a special token and <paramref name="specialTokens"/> forbids them.</exception>
    public static int[] Encode(
        this ITokenizer tokenizer, string text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(text);
        return tokenizer.Encode(Encoding.UTF8.GetBytes(text), specialTokens);
    }

    /// <summary>The ids of a text in UTF-8.</summary>
    /// <exception cref="ArgumentException">The text holds a special token and <paramref name="specialTokens"/> forbids them.</exception>
    public static int[] Encode(
        this ITokenizer tokenizer, ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArrayBufferWriter<int> ids = new();
        tokenizer.Encode(utf8Text, ids, specialTokens);
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>The text of ids; bytes that are not valid UTF-8 become U+FFFD, as Python's <c>errors="replace"</c> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public static string Decode(this ITokenizer tokenizer, ReadOnlySpan<int> ids) =>
        Encoding.UTF8.GetString(tokenizer.DecodeBytes(ids));

    /// <summary>The bytes of ids, exactly as they were encoded.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public static byte[] DecodeBytes(this ITokenizer tokenizer, ReadOnlySpan<int> ids)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArrayBufferWriter<byte> bytes = new();
        foreach (int id in ids) bytes.Write(tokenizer.GetTokenBytes(id));
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>
    /// The ids of a stream of any length, read as they are asked for: the same as encoding it whole, in constant memory
    /// where the tokenizer implements <see cref="ITokenizer.FindSafeCut"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The text holds a special token and <paramref name="specialTokens"/> forbids them.</exception>
    public static IEnumerable<int> EncodeStream(
        this ITokenizer tokenizer, Stream utf8Text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(utf8Text);
        return Iterate(tokenizer, new Utf8BlockReader(utf8Text, text => tokenizer.FindSafeCut(text, specialTokens)), specialTokens);
    }

    /// <summary>Encodes a text file into a token file (see <see cref="TokenFile"/>) in constant memory.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="textPath">A file of UTF-8 text.</param>
    /// <param name="tokenPath">The <c>.npy</c> file to write. It appears when it is complete: on failure or cancellation an older one stays as it was.</param>
    /// <param name="specialTokens">What to do with special tokens in the text. Unlike elsewhere they are allowed, since a corpus marks its documents with them.</param>
    /// <param name="progress">Told about every block.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The number of ids written.</returns>
    /// <exception cref="FileNotFoundException">There is no file at <paramref name="textPath"/>.</exception>
    /// <exception cref="ArgumentException">The text holds a special token and <paramref name="specialTokens"/> forbids them.</exception>
    public static long EncodeFile(
        this ITokenizer tokenizer, string textPath, string tokenPath,
        SpecialTokenHandling specialTokens = SpecialTokenHandling.Allow,
        IProgress<EncodingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        using FileStream text = File.OpenRead(textPath);
        using TokenFileWriter tokens = new(tokenPath, tokenizer.VocabSize);
        Utf8BlockReader reader = new(text, block => tokenizer.FindSafeCut(block, specialTokens));
        ArrayBufferWriter<int> ids = new();
        long bytesRead = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlyMemory<byte> block = reader.Read();
            if (block.IsEmpty) break;
            ids.ResetWrittenCount();
            tokenizer.Encode(block.Span, ids, specialTokens);
            tokens.Write(ids.WrittenSpan);
            bytesRead += block.Length;
            progress?.Report(new EncodingProgress(bytesRead, text.Length, tokens.Length));
        }
        tokens.Complete();
        return tokens.Length;
    }

    private static IEnumerable<int> Iterate(ITokenizer tokenizer, Utf8BlockReader reader, SpecialTokenHandling specialTokens)
    {
        ArrayBufferWriter<int> ids = new();
        for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
        {
            ids.ResetWrittenCount();
            tokenizer.Encode(block.Span, ids, specialTokens);
            for (int i = 0; i < ids.WrittenCount; i++) yield return ids.WrittenSpan[i];
        }
    }
}
