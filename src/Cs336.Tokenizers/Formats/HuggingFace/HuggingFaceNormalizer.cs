using System.Text;
using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>How <c>tokenizer.json</c> says what is done to text before it is cut.</summary>
internal static class HuggingFaceNormalizer
{
    /// <exception cref="InvalidDataException">Something is done that is not known here; the message names it.</exception>
    public static TextNormalizer Read(JsonElement root, string path) =>
        new([.. HuggingFaceJson.Of(root, "normalizer", path).Flatten("normalizers").Select(ReadStep)]);

    private static NormalizerStep ReadStep(HuggingFaceJson json) => json.Type switch
    {
        "NFC" => new UnicodeFormStep(NormalizationForm.FormC),
        "NFD" => new UnicodeFormStep(NormalizationForm.FormD),
        "NFKC" => new UnicodeFormStep(NormalizationForm.FormKC),
        "NFKD" => new UnicodeFormStep(NormalizationForm.FormKD),
        "Prepend" when json.Text("prepend") is { Length: > 0 } text => new PrependStep(text, OnlyAtTextStart: false, UnlessPresent: false),
        "Replace" when json.Pattern("String") is { Length: > 0 } from && json.Text("content") is string to => new ReplaceStep(from, to),
        "Replace" => throw json.Refuse("only a text can be replaced here, not what a regular expression matches"),
        _ => throw json.Refuse("text is normalized here by NFC, NFD, NFKC, NFKD, Prepend and Replace alone, so its ids would differ"),
    };
}
