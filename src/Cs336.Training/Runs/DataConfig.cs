using System.Text.Json.Serialization;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// What a run learns from: the section <c>data</c> of a <see cref="RunConfig"/>. Relative paths start at the current folder; a run keeps
/// them whole, or, where they lie in its own folder, from there: so it can be gone on with from anywhere.
/// </summary>
public sealed record DataConfig
{
    /// <summary>
    /// Token files to learn from: <c>training</c>, a path, or a list of paths and of objects such as
    /// <c>{"path": "b.npy", "weight": 2}</c>. A path may be that of a manifest (<see cref="TokenManifest"/>): its files are one text.
    /// </summary>
    [JsonConverter(typeof(DataFilesConverter))]
    [JsonRequired]
    public IReadOnlyList<DataFile> Training { get; set; } = [];

    /// <summary>
    /// A token file to validate on, or a manifest of several: <c>validation</c>. Default null: the last part of the last training file.
    /// </summary>
    public string? Validation { get; set; }

    /// <summary>
    /// How much of the last training file is kept apart to validate on where <see cref="Validation"/> is null: <c>validation_fraction</c>.
    /// Default 0.05; from 0, for no validation, to below 1.
    /// </summary>
    public double ValidationFraction { get; set; } = 0.05;

    /// <summary>
    /// The tokenizer that made the files, for bits per byte and samples, a folder or a file as <see cref="BpeModel.Load"/> takes it:
    /// <c>tokenizer</c>. Default null: none.
    /// </summary>
    public string? Tokenizer { get; set; }

    /// <summary>
    /// The encoding of a tokenizer that is a rank file, one of <see cref="TiktokenEncoding.Names"/>: <c>tokenizer_encoding</c>. Default
    /// null: the file is recognised, or no rank file.
    /// </summary>
    public string? TokenizerEncoding { get; set; }

    /// <summary>Opens the token files.</summary>
    /// <param name="tokenizer">The tokenizer that made them, for bits per byte; null to leave those out.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or of another kind.</exception>
    public TrainingData Open(ITokenizer? tokenizer = null)
    {
        List<IDisposable> opened = [];
        try
        {
            List<WeightedTokens> texts = [];
            TokenDataset? validation = Validation is null ? null : TokenDataset.Open(Validation);
            if (validation is not null) opened.Add(validation);
            foreach (DataFile file in Training)
            {
                bool isSplit = Validation is null && ValidationFraction > 0 && texts.Count == Training.Count - 1;
                TokenDataset tokens;
                if (isSplit) (tokens, validation) = TokenDataset.OpenSplit(file.Path, ValidationFraction);
                else tokens = TokenDataset.Open(file.Path);
                opened.Add(tokens);
                texts.Add(new WeightedTokens(tokens, file.Weight));
            }
            return new TrainingData
            {
                Training = new TokenMixture(texts),
                Validation = validation,
                TokenByteLengths = tokenizer is null ? null : Evaluator.TokenByteLengths(tokenizer),
                TokenizerFingerprint = tokenizer is null ? null : Tokenizers.TokenizerFingerprint.Of(tokenizer),
            };
        }
        catch
        {
            foreach (IDisposable item in opened) item.Dispose();
            throw;
        }
    }

    /// <summary>Whether the encoding, if one is named, is one of those that there are.</summary>
    internal bool IsEncodingKnown => TokenizerEncoding is null
        || TiktokenEncoding.Names.Contains(TokenizerEncoding, StringComparer.OrdinalIgnoreCase);

    /// <summary>Loads the tokenizer; null where none is named.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or cannot be loaded; the message says why.</exception>
    /// <exception cref="ArgumentException">There is no such encoding.</exception>
    public BpeTokenizer? LoadTokenizer() => Tokenizer is null ? null
        : BpeTokenizer.Load(Tokenizer, encoding: TokenizerEncoding is null ? null : TiktokenEncoding.Get(TokenizerEncoding));

    /// <summary>A copy with every path changed, except what cannot be a path: it is blank, or holds the character 0.</summary>
    internal DataConfig WithPaths(Func<string, string> change)
    {
        return this with
        {
            Training = [.. Training.Select(file => file with { Path = Change(file.Path) })],
            Validation = Validation is null ? null : Change(Validation),
            Tokenizer = Tokenizer is null ? null : Change(Tokenizer),
        };

        string Change(string path) => string.IsNullOrWhiteSpace(path) || path.Contains(RunConfig.NullCharacter) ? path : change(path);
    }

    /// <summary>
    /// Paths that hold the character 0, one sentence each: the system would refuse one with an exception that does not say which key
    /// it is.
    /// </summary>
    internal IEnumerable<string> FindPathsWithNullCharacter() => Paths().Where(item => item.Path.Contains(RunConfig.NullCharacter))
        .Select(item => $"{item.Key} holds the character 0, which no file's name has: name a file.").Distinct();

    private IEnumerable<(string Key, string Path)> Paths()
    {
        foreach (DataFile file in Training) yield return ("data.training", file.Path);
        if (Validation is not null) yield return ("data.validation", Validation);
        if (Tokenizer is not null) yield return ("data.tokenizer", Tokenizer);
    }

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [.. TokenMixture.FindProblems([.. Training.Select(file => (file.Path, file.Weight))])];
        problems.AddRange(Paths().Where(item => string.IsNullOrWhiteSpace(item.Path))
            .Select(item => $"{item.Key} is blank: name a file, or leave the key out."));
        problems.AddRange(FindPathsWithNullCharacter());
        if (TokenizerEncoding is not null && Tokenizer is null)
            problems.Add("data.tokenizer_encoding is set, but data.tokenizer is not: name the rank file, or leave the encoding out.");
        if (!IsEncodingKnown)
            problems.Add($"data.tokenizer_encoding is '{TokenizerEncoding}', but must be one of "
                + $"{string.Join(", ", TiktokenEncoding.Names)}.");
        if (!(ValidationFraction is >= 0 and < 1))
            problems.Add($"validation_fraction is {ValidationFraction}, but must be at least 0 and below 1.");
        return problems;
    }
}
