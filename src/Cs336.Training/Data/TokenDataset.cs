using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>A sequence of token ids in a token file or in memory, or a part of it; of a file only what is read takes memory.</summary>
public sealed class TokenDataset : IDisposable
{
    internal const int BlockSize = 1 << 16;

    private readonly TokenFile? _file;
    private readonly ReadOnlyMemory<int> _ids; // where there is no file
    private readonly bool _ownsFile;
    private readonly long _start;

    private TokenDataset(TokenFile file, long start, long length, bool ownsFile, TokenSplit? split = null)
    {
        Split = split;
        _file = file;
        _start = start;
        Length = length;
        _ownsFile = ownsFile;
        Path = file.Path;
    }

    private TokenDataset(ReadOnlyMemory<int> ids, long start, long length, string name)
    {
        _ids = ids;
        _start = start;
        Length = length;
        Path = name;
    }

    /// <summary>Number of tokens.</summary>
    public long Length { get; }

    /// <summary>The file that the tokens are in, or what they are called where they are in memory.</summary>
    public string Path { get; }

    /// <summary>
    /// How the file was understood, where it is not as <see cref="TokenFileWriter"/> writes it: see <see cref="TokenFile.Note"/>. Null
    /// where it is.
    /// </summary>
    public string? Note => _file?.Note;

    /// <summary>Which side of its file it is, where the file was split to validate on a piece of it; null otherwise.</summary>
    internal TokenSplit? Split { get; }

    /// <summary>Opens a whole token file.</summary>
    /// <param name="path">A token file: <c>.npy</c>, or <c>.bin</c> of nanoGPT or llm.c; see <see cref="TokenFile"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or of another kind.</exception>
    public static TokenDataset Open(string path)
    {
        TokenFile file = TokenFile.Open(path);
        return new TokenDataset(file, 0, file.Length, ownsFile: true);
    }

    /// <summary>Tokens that are in memory already; nothing is copied.</summary>
    /// <param name="ids">The ids; must not change while they are read.</param>
    /// <param name="name">What messages call them.</param>
    public static TokenDataset Of(ReadOnlyMemory<int> ids, string name = "memory")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new TokenDataset(ids, 0, ids.Length, name);
    }

    /// <summary>A part of the tokens, over the same file or memory; dispose the whole last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie within.</exception>
    public TokenDataset Slice(long start, long length)
    {
        CheckRange(start, length);
        return _file is null
            ? new TokenDataset(_ids, _start + start, length, Path) : new TokenDataset(_file, _start + start, length, ownsFile: false);
    }

    /// <summary>Opens a token file in two parts: the last tokens to validate on, those before them to learn from.</summary>
    /// <param name="path">A token file.</param>
    /// <param name="validationFraction">How much of it is kept apart, from 0 to below 1.</param>
    /// <returns>Dispose <c>Training</c> to close the file.</returns>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static (TokenDataset Training, TokenDataset Validation) OpenSplit(string path, double validationFraction)
    {
        if (!(validationFraction is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(validationFraction), validationFraction,
                "The validation fraction must be at least 0 and below 1.");
        TokenFile file = TokenFile.Open(path);
        long validation = (long)(file.Length * validationFraction);
        long training = file.Length - validation;
        return (new TokenDataset(file, 0, training, ownsFile: true, new TokenSplit(validationFraction, file.Length, IsValidation: false)),
            new TokenDataset(file, training, validation, ownsFile: false,
                new TokenSplit(validationFraction, file.Length, IsValidation: true)));
    }

    /// <summary>Reads consecutive tokens.</summary>
    /// <param name="start">Position of the first.</param>
    /// <param name="destination">Receives as many as it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not all lie within.</exception>
    public void Read(long start, Span<int> destination)
    {
        CheckRange(start, destination.Length);
        if (_file is null) _ids.Span.Slice((int)(_start + start), destination.Length).CopyTo(destination);
        else _file.Read(_start + start, destination);
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
    /// Blocks of at most <see cref="BlockSize"/> tokens: all where there are not more than so many tokens, else some, spread
    /// evenly.
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
        if (_ownsFile) _file?.Dispose();
    }

    private void CheckRange(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
            throw new ArgumentOutOfRangeException(nameof(start),
                $"Tokens {start} to {start + length} were asked for, but {Path} has {Length}.");
    }
}
