using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Which kind of model a <c>tokenizer.json</c> holds: those that are not BPE are refused by what they are.</summary>
internal static class HuggingFaceModelKind
{
    /// <summary>What to do with a WordPiece model, as a sentence.</summary>
    public const string WhereWordPieceIs =
        "Microsoft.ML.Tokenizers has a BertTokenizer, of which TokenizerFromMicrosoftML (package Cs336.Tokenizers.MicrosoftML) makes an "
        + "ITokenizer.";

    /// <summary>What to do with a Unigram model, as a sentence.</summary>
    public const string WhereUnigramIs =
        "Microsoft.ML.Tokenizers has a SentencePieceTokenizer that reads the tokenizer.model of such a model, and TokenizerFromMicrosoftML "
        + "(package Cs336.Tokenizers.MicrosoftML) makes an ITokenizer of it.";

    /// <summary>The file's BPE model.</summary>
    /// <exception cref="InvalidDataException">It holds another kind of model, or none.</exception>
    public static JsonElement FindBpe(JsonElement root, string path)
    {
        if (!root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path} has no 'model' with 'vocab' and 'merges': only BPE models can be loaded.");
        string kind = Find(model);
        string? what = kind switch
        {
            "BPE" => null,
            "WordPiece" => "a WordPiece model, as BERT's, which takes the longest token that a word begins with",
            "Unigram" => "a Unigram model, as T5's and XLM-R's, which takes the likeliest tokens",
            "WordLevel" => "a WordLevel model, whose tokens are whole words",
            _ => $"a model of the type {VocabularyFile.Quote(kind)}",
        };
        return what is null ? model : throw new InvalidDataException(
            $"{path} is {what}: only BPE models can be loaded.{WhereItIs(kind)}");
    }

    private static string WhereItIs(string kind) => kind switch
    {
        "WordPiece" => $" {WhereWordPieceIs}",
        "Unigram" => $" {WhereUnigramIs}",
        "WordLevel" => " Such a tokenizer is a table: look up each word in its 'vocab'.",
        _ => "",
    };

    /// <summary>The kind of a model. Older files do not say it, but each kind has parts of its own.</summary>
    public static string Find(JsonElement model)
    {
        if (model.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String) return type.GetString()!;
        if (model.TryGetProperty("merges", out _)) return "BPE";
        if (model.TryGetProperty("vocab", out JsonElement vocabulary) && vocabulary.ValueKind == JsonValueKind.Array) return "Unigram";
        return model.TryGetProperty("max_input_chars_per_word", out _) ? "WordPiece" : "BPE";
    }
}
