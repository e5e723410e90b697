using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>
/// A SentencePiece BPE model as a vocabulary: the <c>tokenizer.json</c> that says the same is written in memory and read, so that both give
/// the same ids.
/// </summary>
/// <remarks>
/// What such a file cannot say exactly stays out of it: a map of characters, the removal of extra spaces, a space at the end, and
/// user-defined pieces next to a space that is put before a text. Then one step does what SentencePiece does, and the tokenizer cannot be
/// saved.
/// </remarks>
internal static class SentencePieceVocabulary
{
    /// <exception cref="InvalidDataException">
    /// The file is damaged, holds another kind of model, or what would give other ids here.
    /// </exception>
    public static BpeVocabulary Read(string path, IReadOnlyCollection<string>? specialTokens, IPreTokenizer? preTokenizer)
    {
        SentencePieceModel model = SentencePieceModel.Read(path);
        Check(model, path);
        bool fits = Fits(model);
        using JsonDocument json = JsonDocument.Parse(SentencePieceJson.Write(model, path, fits));
        HuggingFaceTokenizerJson told = HuggingFaceTokenizerJson.Read(path, json.RootElement);
        BpeVocabulary vocabulary = told.Vocabulary.With(told.AddedTokens).Read(told, specialTokens, preTokenizer);
        return fits ? vocabulary : new BpeVocabulary(vocabulary.Parts with
        {
            Normalizer = new TextNormalizer(MakeStep(model, path)),
            PreTokenizer = preTokenizer ?? (HasMark(model) ? vocabulary.PreTokenizer : PatternPreTokenizer.Whole),
            DecodedStart = model.AddsSpace || model.RemovesExtraSpaces ? " " : "",
            Sections = null,
        });
    }

    /// <summary>What kind of model it is, where it is not BPE, as a sentence; null for BPE.</summary>
    public static string? FindOtherKind(SentencePieceModel model, string path)
    {
        string? what = model.Kind switch
        {
            "BPE" => null,
            "Unigram" => "a SentencePiece Unigram model, as T5's and XLM-R's, which takes the likeliest pieces",
            "word" => "a SentencePiece word model, whose pieces are whole words",
            "character" => "a SentencePiece character model, whose pieces are single characters",
            _ => $"a SentencePiece model of the type {model.Kind}",
        };
        return what is null ? null : $"{path} is {what}: only BPE models can be loaded."
            + (model.Kind == "Unigram" ? $" {HuggingFaceModelKind.WhereUnigramIs}" : "");
    }

    /// <summary>Whether <c>tokenizer.json</c> can say exactly what the model does to text.</summary>
    private static bool Fits(SentencePieceModel model) =>
        model is { Map.Length: 0, RemovesExtraSpaces: false, EscapesSpaces: true } && HasMark(model)
        && !(model.AddsSpace && (model.PutsSpaceAfter || model.Pieces.Exists(piece => piece.Kind == SentencePieceKind.UserDefined)));

    private static bool HasMark(SentencePieceModel model) => model.Pieces.Exists(piece => piece.Text == "\u2581");

    private static SentencePieceStep MakeStep(SentencePieceModel model, string path) => new(
        model.Map.Length == 0 ? null : CharacterMap.Read(model.Map, path),
        model.AddsSpace, model.PutsSpaceAfter, model.RemovesExtraSpaces, model.EscapesSpaces,
        [.. model.Pieces.Where(piece => piece.Kind == SentencePieceKind.UserDefined).Select(piece => piece.Text)]);

    private static void Check(SentencePieceModel model, string path)
    {
        if (FindOtherKind(model, path) is string refusal) throw new InvalidDataException(refusal);
        if (model.HasDenormalizer)
            throw new InvalidDataException($"{path} has a denormalizer_spec, which changes decoded text in a way that is not known here.");
        Dictionary<string, int> ids = [];
        int bytes = 0, unknown = 0;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            string name = VocabularyFile.Quote(piece.Text);
            if (!ids.TryAdd(piece.Text, id))
                throw new InvalidDataException($"{path} has the piece {name} twice: pieces {ids[piece.Text]} and {id}.");
            if (piece.Kind == SentencePieceKind.Unused)
                throw new InvalidDataException(
                    $"{path} has the unused piece {name} (id {id}): what merges make of it is cut again, which is not done here.");
            if (piece.Kind == SentencePieceKind.Unknown) unknown++;
            if (piece.Kind != SentencePieceKind.Byte) continue;
            bytes++;
            if (CharacterVocabulary.BytesOf(piece.Text, fallsBackToBytes: true).Length != 1)
                throw new InvalidDataException($"{path} has {name} (id {id}) for a byte, but they are spelled <0x00> to <0xFF>.");
        }
        if (unknown != 1) throw new InvalidDataException($"{path} has {unknown} pieces for what is unknown, but must have one.");
        if (bytes != (model.FallsBackToBytes ? 256 : 0))
            throw new InvalidDataException(
                $"{path} has {bytes} pieces for bytes, but must have "
                + $"{(model.FallsBackToBytes ? "all 256" : "none, as byte_fallback is off")}.");
    }
}
