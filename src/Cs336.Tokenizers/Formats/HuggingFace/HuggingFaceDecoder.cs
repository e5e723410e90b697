using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>How <c>tokenizer.json</c> says what ids become in text.</summary>
/// <param name="Texts">What becomes of texts within tokens.</param>
/// <param name="Start">What is taken away from the start of a text.</param>
internal sealed record HuggingFaceDecoder(IReadOnlyList<(string From, string To)> Texts, string Start)
{
    /// <exception cref="InvalidDataException">Ids become text in a way that is not known here; the message names it.</exception>
    public static HuggingFaceDecoder Read(JsonElement root, string path)
    {
        List<(string, string)> texts = [];
        string start = "";
        foreach (HuggingFaceJson json in HuggingFaceJson.Of(root, "decoder", path).Flatten("decoders"))
        {
            switch (json.Type)
            {
                case "ByteLevel" or "ByteFallback" or "Fuse":
                    break;
                case "Replace" when json.Pattern("String") is { Length: > 0 } from && json.Text("content") is string to:
                    texts.Add((from, to));
                    break;
                case "Strip" when json.Text("content") is { Length: 1 } content && Number(json, "stop") == 0
                    && Number(json, "start") is 0 or 1:
                    if (Number(json, "start") == 1) start = json.Text("content")!;
                    break;
                case "Metaspace":
                    texts.Add((json.Text("replacement") ?? "\u2581", " "));
                    if ((json.Text("prepend_scheme") ?? "always") != "never" && json.Flag("add_prefix_space", absent: true)) start = " ";
                    break;
                default:
                    throw json.Refuse("ids become text here by ByteLevel, ByteFallback, Fuse, Metaspace, Replace and Strip alone");
            }
        }
        return new HuggingFaceDecoder(texts, start);
    }

    private static int Number(HuggingFaceJson json, string name) =>
        json.Value.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int number)
            ? number
            : 0;
}
