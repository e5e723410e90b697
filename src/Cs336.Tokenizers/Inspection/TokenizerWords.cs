using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Says what parts of tokenizers do, in plain words.</summary>
internal static class TokenizerWords
{
    /// <summary>What a step does to text.</summary>
    public static IEnumerable<string> Of(NormalizerStep step) => step switch
    {
        UnicodeFormStep form => [$"brings text into Unicode's form {form.Form.ToString().Replace("Form", "NF", StringComparison.Ordinal)}"],
        ReplaceStep replace => [$"replaces {VocabularyFile.Quote(replace.From)} by {VocabularyFile.Quote(replace.To)}"],
        PrependStep prepend =>
        [
            $"puts {VocabularyFile.Quote(prepend.Prefix)} before a text"
                + (prepend.OnlyAtTextStart ? "" : ", and before what stands after a special token")
                + (prepend.UnlessPresent ? ", unless it is there" : ""),
        ],
        SentencePieceStep sentencePiece => sentencePiece.Describe(),
        _ => [step.GetType().Name],
    };

    /// <summary>The pattern that cuts text; null where nothing does.</summary>
    public static string? PatternOf(IPreTokenizer preTokenizer) =>
        preTokenizer is CharacterPreTokenizer || ReferenceEquals(preTokenizer, PatternPreTokenizer.Whole) ? null : preTokenizer.Pattern;

    /// <summary>
    /// The kind of model that a file holds and how many entries its vocabulary has; null where that is not told before it is loaded.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static (string Kind, int Count)? LookInto(TokenizerPath path)
    {
        switch (path.Format)
        {
            case TokenizerFormat.SentencePiece:
                SentencePieceModel model = SentencePieceModel.Read(path.File);
                return (model.Kind, model.Pieces.Count);
            case TokenizerFormat.HuggingFace:
                return VocabularyFile.ReadJson(path.File, LookInto);
            case TokenizerFormat.Tiktoken:
                return ("BPE", TiktokenRanks.ReadTokens(path.File).All.Count);
            case TokenizerFormat.TiktokenJson:
                return ("BPE", TiktokenJson.Count(path.File));
            case TokenizerFormat.Tekken:
                return ("BPE", TekkenJson.Count(path.File));
            case TokenizerFormat.WordList:
                VocabularyFile.CheckSize(path.File);
                return ("WordPiece", File.ReadLines(path.File).Count());
            default:
                return null;
        }
    }

    private static (string, int)? LookInto(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out JsonElement model)
            || model.ValueKind != JsonValueKind.Object)
            return null;
        int count = !model.TryGetProperty("vocab", out JsonElement vocabulary) ? 0
            : vocabulary.ValueKind == JsonValueKind.Array ? vocabulary.GetArrayLength()
            : vocabulary.ValueKind == JsonValueKind.Object ? vocabulary.EnumerateObject().Count() : 0;
        return (HuggingFaceModelKind.Find(model), count);
    }
}
