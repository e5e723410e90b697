using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Strings, streams and files over any <see cref="ITokenizer"/>.</summary>
public static class TokenizerExtensions
{
    /// <summary>The ids of a text. A lone surrogate, which UTF-8 cannot hold, is encoded as U+FFFD.</summary>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    public static int[] Encode(
        this ITokenizer tokenizer, string text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] utf8Text = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        try
        {
            return tokenizer.Encode(utf8Text.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8Text)), specialTokens);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8Text);
        }
    }

    /// <summary>The ids of a text in UTF-8.</summary>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    public static int[] Encode(
        this ITokenizer tokenizer, ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        using IdBuffer ids = new(utf8Text.Length);
        tokenizer.Encode(utf8Text, ids, specialTokens);
        return ids.ToArray();
    }

    /// <summary>The number of ids of a text, without keeping them.</summary>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    public static long CountTokens(
        this ITokenizer tokenizer, string text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(text);
        return tokenizer.CountTokens(Encoding.UTF8.GetBytes(text), specialTokens);
    }

    /// <summary>The number of ids of a text in UTF-8, without keeping them.</summary>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    public static long CountTokens(
        this ITokenizer tokenizer, ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        CountingWriter ids = new();
        tokenizer.Encode(utf8Text, ids, specialTokens);
        return ids.Count;
    }

    /// <summary>The text of ids; bytes that are not valid UTF-8 become U+FFFD, as Python's <c>errors="replace"</c> does.</summary>
    /// <param name="tokenizer">The one that the ids are of.</param>
    /// <param name="ids">The ids of a whole text.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public static string Decode(this ITokenizer tokenizer, ReadOnlySpan<int> ids, bool skipSpecialTokens = false) =>
        Encoding.UTF8.GetString(tokenizer.DecodeBytes(ids, skipSpecialTokens));

    /// <summary>The bytes of ids, exactly as they were encoded, or as the tokenizer normalized them before.</summary>
    /// <param name="tokenizer">The one that the ids are of.</param>
    /// <param name="ids">The ids of a whole text.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public static byte[] DecodeBytes(this ITokenizer tokenizer, ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        HashSet<int> skipped = skipSpecialTokens ? [.. tokenizer.SpecialTokens.Values] : [];
        ArrayBufferWriter<byte> bytes = new();
        foreach (int id in ids)
        {
            if (!skipped.Contains(id)) bytes.Write(tokenizer.GetTokenBytes(id));
        }
        ReadOnlySpan<byte> start = tokenizer.DecodedStart, text = bytes.WrittenSpan;
        return text[(text.StartsWith(start) ? start.Length : 0)..].ToArray();
    }

    /// <summary>
    /// The ids of a stream of any length, read as they are asked for: the same as encoding it whole, in constant memory
    /// where the tokenizer implements <see cref="ITokenizer.FindSafeCut"/>.
    /// </summary>
    /// <param name="tokenizer">Any; it is asked where text can be cut.</param>
    /// <param name="text">A text, from where the stream stands to its end; a byte order mark there is no part of it.</param>
    /// <param name="specialTokens">What to do with special tokens in the text.</param>
    /// <param name="textEncoding">How the text is encoded.</param>
    /// <param name="cancellationToken">Stops the reading, before the next block at the latest.</param>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    /// <exception cref="InvalidDataException">The text is in another encoding, or malformed UTF-16 or UTF-32.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static IEnumerable<int> EncodeStream(
        this ITokenizer tokenizer, Stream text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore,
        TextEncoding textEncoding = TextEncoding.Auto, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Utf8TextStream stream = new(text, textEncoding, leaveOpen: true);
        return Iterate(tokenizer, stream, specialTokens, cancellationToken);
    }

    /// <summary>As <see cref="EncodeStream"/>, without holding a thread while the stream has nothing to read.</summary>
    /// <inheritdoc cref="EncodeStream" path="/param"/>
    /// <inheritdoc cref="EncodeStream" path="/exception"/>
    public static IAsyncEnumerable<int> EncodeStreamAsync(
        this ITokenizer tokenizer, Stream text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore,
        TextEncoding textEncoding = TextEncoding.Auto, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Utf8TextStream stream = new(text, textEncoding, leaveOpen: true);
        return IterateAsync(tokenizer, stream, specialTokens, cancellationToken);
    }

    /// <summary>
    /// Encodes a text file into a token file (see <see cref="TokenFile"/>), on several threads and in constant memory. The
    /// file is the same whatever their number.
    /// </summary>
    /// <param name="tokenizer">The tokenizer, which all threads use at once, as <see cref="ITokenizer"/> says that they may.</param>
    /// <param name="textPath">A file of text; a byte order mark at its start is no part of it.</param>
    /// <param name="tokenPath">
    /// The <c>.npy</c> file to write. It appears when it is complete: on failure or cancellation an older one stays as it was.
    /// </param>
    /// <param name="specialTokens">
    /// What to do with special tokens in the text. Unlike elsewhere they are allowed, since a corpus marks its documents with
    /// them.
    /// </param>
    /// <param name="threadCount">How many threads encode, at least 1; one for each processor by default.</param>
    /// <param name="progress">Told about every block, in the order of the text, by one thread at a time.</param>
    /// <param name="textEncoding">How the text is encoded.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The number of ids written.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threadCount"/> is less than 1.</exception>
    /// <exception cref="FileNotFoundException">There is no file at <paramref name="textPath"/>.</exception>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    /// <exception cref="InvalidDataException">The text is in another encoding, or malformed UTF-16 or UTF-32.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static long EncodeFile(
        this ITokenizer tokenizer, string textPath, string tokenPath,
        SpecialTokenHandling specialTokens = SpecialTokenHandling.Allow, int? threadCount = null,
        IProgress<EncodingProgress>? progress = null, TextEncoding textEncoding = TextEncoding.Auto,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        int threads = threadCount ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(threadCount));
        using Utf8TextStream text = Utf8TextStream.OpenRead(textPath, textEncoding);
        return tokenizer.EncodeText(text, text.SourceLength, tokenPath, specialTokens, threads, progress, cancellationToken);
    }

    /// <summary>Encodes a text into a token file: see <see cref="EncodeFile"/>.</summary>
    internal static long EncodeText(
        this ITokenizer tokenizer, Stream text, long total, string tokenPath, SpecialTokenHandling specialTokens, int threads,
        IProgress<EncodingProgress>? progress, CancellationToken cancellationToken)
    {
        using TokenFileWriter tokens = new(tokenPath, tokenizer.VocabSize);
        using FileEncoder encoder = new(
            tokenizer, specialTokens, MakeReader(tokenizer, text, specialTokens, cancellationToken), tokens,
            (bytes, textBytes) => progress?.Report(new EncodingProgress(bytes, total, tokens.Length, textBytes)), cancellationToken);
        encoder.Run(threads);
        tokens.Complete();
        return tokens.Length;
    }

    private static IEnumerable<int> Iterate(
        ITokenizer tokenizer, Utf8TextStream text, SpecialTokenHandling specialTokens, CancellationToken cancellationToken)
    {
        Utf8BlockReader reader = MakeReader(tokenizer, text, specialTokens, cancellationToken);
        ArrayBufferWriter<int> ids = new();
        for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            ids.ResetWrittenCount();
            tokenizer.EncodeBlock(block.Span, reader.BlockOffset, ids, specialTokens);
            ReadOnlyMemory<int> written = ids.WrittenMemory;
            for (int i = 0; i < written.Length; i++) yield return written.Span[i];
        }
    }

    private static async IAsyncEnumerable<int> IterateAsync(
        ITokenizer tokenizer, Utf8TextStream text, SpecialTokenHandling specialTokens,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Utf8BlockReader reader = MakeReader(tokenizer, text, specialTokens, cancellationToken);
        ArrayBufferWriter<int> ids = new();
        for (ReadOnlyMemory<byte> block = await reader.ReadAsync().ConfigureAwait(false); !block.IsEmpty;
             block = await reader.ReadAsync().ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ids.ResetWrittenCount();
            tokenizer.EncodeBlock(block.Span, reader.BlockOffset, ids, specialTokens);
            ReadOnlyMemory<int> written = ids.WrittenMemory;
            for (int i = 0; i < written.Length; i++) yield return written.Span[i];
        }
    }

    private static Utf8BlockReader MakeReader(
        ITokenizer tokenizer, Stream text, SpecialTokenHandling specialTokens, CancellationToken cancellationToken) =>
        new(text, block => tokenizer.FindSafeCut(block, specialTokens), cancellationToken: cancellationToken);
}
