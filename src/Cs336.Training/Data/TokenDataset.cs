using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// A sequence of token ids in a token file, in several or in memory, or a part of it; of files only what is read takes memory.
/// </summary>
public sealed class TokenDataset : IDisposable
{
    internal const int BlockSize = 1 << 16;

    private readonly ITokenSource _source;
    private readonly bool _ownsSource;
    private readonly long _start;

    private TokenDataset(ITokenSource source, long start, long length, bool ownsSource, TokenSplit? split = null)
    {
        Split = split;
        _source = source;
        _start = start;
        Length = length;
        _ownsSource = ownsSource;
    }

    /// <summary>Number of tokens.</summary>
    public long Length { get; }

    /// <summary>The file that the tokens are in, or what they are called where they are in memory.</summary>
    public string Path => _source.Path;

    /// <summary>
    /// How the file was understood, where it is not as <see cref="TokenFileWriter"/> writes it: see <see cref="TokenFile.Note"/>. Null
    /// where it is.
    /// </summary>
    public string? Note => _source.Note;

    /// <summary>What tells the tokenizer that made the tokens from others; null where that is not known.</summary>
    internal string? TokenizerFingerprint => _source.TokenizerFingerprint;

    /// <summary>Which side of its file it is, where the file was split to validate on a piece of it; null otherwise.</summary>
    internal TokenSplit? Split { get; }

    /// <summary>Opens a whole token file, or the files of a manifest as one.</summary>
    /// <param name="path">
    /// A token file: <c>.npy</c>, or <c>.bin</c> of nanoGPT or llm.c (see <see cref="TokenFile"/>); or a manifest, <c>.json</c> (see
    /// <see cref="TokenShards"/>).
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or of another kind.</exception>
    public static TokenDataset Open(string path)
    {
        ITokenSource source = TokenSources.Open(path);
        return new TokenDataset(source, 0, source.Length, ownsSource: true);
    }

    /// <summary>Tokens that are in memory already; nothing is copied.</summary>
    /// <param name="ids">The ids; must not change while they are read.</param>
    /// <param name="name">What messages call them.</param>
    public static TokenDataset Of(ReadOnlyMemory<int> ids, string name = "memory")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new TokenDataset(TokenSources.Of(ids, name), 0, ids.Length, ownsSource: true);
    }

    /// <summary>A part of the tokens, over the same file or memory; dispose the whole last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie within.</exception>
    public TokenDataset Slice(long start, long length)
    {
        CheckRange(start, length);
        return new TokenDataset(_source, _start + start, length, ownsSource: false);
    }

    /// <summary>Opens a token file in two parts: the last tokens to validate on, those before them to learn from.</summary>
    /// <param name="path">A token file, or a manifest.</param>
    /// <param name="validationFraction">How much of it is kept apart, from 0 to below 1.</param>
    /// <returns>Dispose <c>Training</c> to close the file.</returns>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static (TokenDataset Training, TokenDataset Validation) OpenSplit(string path, double validationFraction)
    {
        if (!(validationFraction is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(validationFraction), validationFraction,
                "The validation fraction must be at least 0 and below 1.");
        ITokenSource source = TokenSources.Open(path);
        long validation = (long)(source.Length * validationFraction);
        long training = source.Length - validation;
        return (new TokenDataset(source, 0, training, ownsSource: true,
                new TokenSplit(validationFraction, source.Length, IsValidation: false)),
            new TokenDataset(source, training, validation, ownsSource: false,
                new TokenSplit(validationFraction, source.Length, IsValidation: true)));
    }

    /// <summary>Reads consecutive tokens.</summary>
    /// <param name="start">Position of the first.</param>
    /// <param name="destination">Receives as many as it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not all lie within.</exception>
    public void Read(long start, Span<int> destination)
    {
        CheckRange(start, destination.Length);
        _source.Read(_start + start, destination);
    }

    /// <summary>
    /// The first id that a vocabulary does not have, and its place. All tokens are looked at where there are at most 2³⁰; of more, as
    /// many in blocks spread evenly, so that the start of a run does not read terabytes: every batch is looked at again when it is read.
    /// </summary>
    internal (long Place, int Id)? FindIdOutside(int vocabSize)
    {
        int[] ids = new int[BlockSize];
        foreach ((long start, int length) in Spread(1L << 30))
        {
            Span<int> block = ids.AsSpan(0, length);
            Read(start, block);
            int place = block.IndexOfAnyExceptInRange(0, vocabSize - 1);
            if (place >= 0) return (start + place, block[place]);
        }
        return null;
    }

    /// <summary>Where a token stands in the whole file.</summary>
    internal long PlaceInFile(long place) => _start + place;

    /// <summary>
    /// Blocks of at most <see cref="BlockSize"/> tokens: all where the tokens are no more than <paramref name="maxTokens"/>, else as many
    /// as that allows, spread evenly.
    /// </summary>
    internal IEnumerable<(long Start, int Length)> Spread(long maxTokens)
    {
        long blocks = (Length + BlockSize - 1) / BlockSize, some = Math.Min(blocks, maxTokens / BlockSize);
        for (long i = 0; i < some; i++)
        {
            long start = (long)((Int128)blocks * i / some) * BlockSize;
            yield return (start, (int)Math.Min(BlockSize, Length - start));
        }
    }

    /// <summary>Closes the file, if there is one.</summary>
    public void Dispose()
    {
        if (_ownsSource) _source.Dispose();
    }

    private void CheckRange(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
            throw new ArgumentOutOfRangeException(nameof(start),
                $"Tokens {start} to {start + length} were asked for, but {Path} has {Length}.");
    }
}
