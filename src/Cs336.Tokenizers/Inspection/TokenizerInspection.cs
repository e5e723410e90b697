namespace Cs336.Tokenizers;

/// <summary>What the files of a tokenizer are, and whether it can be loaded: nothing but a path without anything is an exception.</summary>
/// <example><code>
/// TokenizerInspection found = TokenizerInspection.Of("gemma");
/// Console.WriteLine(found.Refusal ?? $"{found.ModelKind} with {found.Model!.VocabSize} ids");
/// </code></example>
public sealed record TokenizerInspection
{
    private TokenizerInspection(string path, TokenizerPath found)
    {
        (Path, File, Format) = (path, found.File, found.Format);
        ModelKind = found.Format switch
        {
            TokenizerFormat.Gpt2 or TokenizerFormat.Tiktoken or TokenizerFormat.TiktokenJson or TokenizerFormat.Tekken => "BPE",
            TokenizerFormat.WordList => "WordPiece",
            _ => null,
        };
    }

    /// <summary>The path that was looked at.</summary>
    public string Path { get; }

    /// <summary>The file that decides; for GPT-2's pair its folder.</summary>
    public string File { get; }

    /// <summary>The kind of that file, by its content.</summary>
    public TokenizerFormat Format { get; }

    /// <summary>
    /// The kind of model: "BPE", or what cannot be loaded, such as "WordPiece", "Unigram" or "WordLevel"; null where the file does not
    /// tell.
    /// </summary>
    public string? ModelKind { get; private init; }

    /// <summary>
    /// The number of entries of the vocabulary, those of added tokens not included where they stand apart; null where the file does not
    /// tell.
    /// </summary>
    public int? EntryCount { get; private init; }

    /// <summary>Why it cannot be loaded: what it is, what is wrong and what to do; null where it can.</summary>
    public string? Refusal { get; private init; }

    /// <summary>The encoding that a rank file was recognised as, or that was named; null for other files.</summary>
    public TiktokenEncoding? Encoding { get; private init; }

    /// <summary>The model, where it can be loaded.</summary>
    public BpeModel? Model { get; private init; }

    /// <summary>How many of the ids have no token.</summary>
    public int HoleCount => Model is null ? 0 : Enumerable.Range(0, Model.VocabSize).Count(id => !Model.Vocabulary.HasToken(id));

    /// <summary>What merges begin with: bytes, or characters; null where the model cannot be loaded.</summary>
    public string? Alphabet => Model?.Vocabulary.Parts switch
    {
        null => null,
        { CharacterIds: null } => "bytes",
        { FallbackIds: [>= 0, ..] } => "characters, and bytes for all others",
        _ => "characters; all others are unknown",
    };

    /// <summary>What is done to text before it is cut, in words; empty where nothing is.</summary>
    public IReadOnlyList<string> Normalization => Model is null ? [] :
        [.. Model.Vocabulary.Parts.Normalizer.Steps.Concat(Model.Vocabulary.Parts.Preparation.Steps).SelectMany(TokenizerWords.Of)];

    /// <summary>The pattern that cuts text; null where nothing does, or the model cannot be loaded.</summary>
    public string? Pattern => Model is null ? null : TokenizerWords.PatternOf(Model.PreTokenizer);

    /// <summary>The name of that pattern; null where it is not one of <see cref="PreTokenizers.Names"/>.</summary>
    public string? PatternName => Pattern is string pattern
        ? PreTokenizers.Names.FirstOrDefault(name => PreTokenizers.Get(name).Pattern == pattern)
        : null;

    /// <summary>
    /// The kind of file that decides at a path; nothing of it is read but the first bytes, unless it is JSON whose kind they do not tell.
    /// </summary>
    /// <param name="path">A folder or a file; <see cref="TokenizerFormat.Unknown"/> where there is nothing.</param>
    public static TokenizerFormat FormatOf(string path) => TokenizerPath.Find(path).Format;

    /// <summary>Looks at a folder or a file.</summary>
    /// <param name="path">As for <see cref="BpeModel.Load"/>.</param>
    /// <param name="encoding">The encoding of a rank file that is not recognised.</param>
    /// <param name="preTokenizer">What is to cut text, instead of what the file says.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the folder has no file of a tokenizer.</exception>
    public static TokenizerInspection Of(string path, TiktokenEncoding? encoding = null, IPreTokenizer? preTokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TokenizerPath found = TokenizerPath.Find(path);
        if (found.Format == TokenizerFormat.Unknown && !System.IO.File.Exists(path))
            throw new FileNotFoundException(
                $"{(Directory.Exists(path) ? $"{path} has" : $"There is no {path}, and so")} no tokenizer: name a folder with "
                + $"{HuggingFaceTokenizerJson.FileName}, {Gpt2Vocabulary.VocabularyName} and {Gpt2Vocabulary.MergesName}, "
                + $"{TekkenJson.FileName} or {SentencePieceModel.FileName}, or one of these files, or a rank file.", path);
        TokenizerInspection inspection = new(path, found);
        try
        {
            if (TokenizerWords.LookInto(found) is (string kind, int count))
                inspection = inspection with { ModelKind = kind, EntryCount = count };
            if (found.Format == TokenizerFormat.Tiktoken)
            {
                encoding ??= TiktokenRanks.Recognise(found.File);
                inspection = inspection with { Encoding = encoding };
                preTokenizer ??= encoding?.PreTokenizer;
                return inspection with { Model = TiktokenFile.Load(found.File, encoding?.SpecialTokens, preTokenizer) };
            }
            return inspection with { Model = BpeModel.Load(path, specialTokens: null, preTokenizer) };
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or UnauthorizedAccessException or IOException)
        {
            return inspection with { Refusal = e.Message };
        }
    }
}
