using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>How <c>tokenizer.json</c> says which ids are put around those of a text.</summary>
internal static class HuggingFaceTemplate
{
    /// <summary>The ids before and after a text's; those of pairs of texts are passed over.</summary>
    /// <exception cref="InvalidDataException">A template names a token without its ids.</exception>
    public static TokenTemplate Read(JsonElement root, string path)
    {
        List<int> before = [], after = [];
        foreach (HuggingFaceJson json in HuggingFaceJson.Of(root, "post_processor", path).Flatten("processors"))
        {
            switch (json.Type)
            {
                case "TemplateProcessing":
                    ReadTemplate(json, before, after);
                    break;
                case "RobertaProcessing" or "BertProcessing":
                    before.Insert(0, IdOf(json, "cls"));
                    after.Add(IdOf(json, "sep"));
                    break;
            }
        }
        return before.Count + after.Count == 0 ? TokenTemplate.None : new TokenTemplate(before, after);
    }

    /// <summary>Writes a template as a <c>TemplateProcessing</c>.</summary>
    /// <param name="json">Receives an object.</param>
    /// <param name="template">The ids before and after a text.</param>
    /// <param name="textOf">The text of an id.</param>
    public static void Write(Utf8JsonWriter json, TokenTemplate template, Func<int, string> textOf)
    {
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        foreach ((string name, string[] sequences) in (ReadOnlySpan<(string, string[])>)[("single", ["A"]), ("pair", ["A", "B"])])
        {
            json.WriteStartArray(name);
            for (int i = 0; i < sequences.Length; i++)
            {
                foreach (int id in template.Before) WritePart(json, "SpecialToken", textOf(id), i);
                WritePart(json, "Sequence", sequences[i], i);
                foreach (int id in template.After) WritePart(json, "SpecialToken", textOf(id), i);
            }
            json.WriteEndArray();
        }
        json.WriteStartObject("special_tokens");
        foreach (int id in template.Before.Concat(template.After).Distinct())
        {
            json.WriteStartObject(textOf(id));
            json.WriteString("id", textOf(id));
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(textOf(id));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, string kind, string id, int type)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void ReadTemplate(HuggingFaceJson json, List<int> before, List<int> after)
    {
        if (!json.Value.TryGetProperty("single", out JsonElement parts) || parts.ValueKind != JsonValueKind.Array)
            throw json.Refuse("a template has a 'single'");
        List<int> first = [];
        bool isAfter = false;
        foreach (JsonElement part in parts.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("Sequence", out _)) isAfter = true;
            else (isAfter ? after : first).AddRange(IdsOf(json, part));
        }
        before.InsertRange(0, first);
    }

    private static List<int> IdsOf(HuggingFaceJson json, JsonElement part)
    {
        string? name = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("SpecialToken", out JsonElement token)
            ? (json with { Value = token }).Text("id")
            : null;
        if (name is null || !json.Value.TryGetProperty("special_tokens", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Object
            || !tokens.TryGetProperty(name, out JsonElement described) || described.ValueKind != JsonValueKind.Object
            || !described.TryGetProperty("ids", out JsonElement ids) || ids.ValueKind != JsonValueKind.Array)
            throw json.Refuse($"it does not say the ids of {VocabularyFile.Quote(name ?? part.GetRawText())}");
        return [.. ids.EnumerateArray().Select(id => ReadId(json, id))];
    }

    private static int IdOf(HuggingFaceJson json, string name) =>
        json.Value.TryGetProperty(name, out JsonElement pair) && pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            ? ReadId(json, pair[1])
            : throw json.Refuse($"'{name}' must be a token and its id");

    private static int ReadId(HuggingFaceJson json, JsonElement id) => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value)
        && value >= 0
        ? value
        : throw json.Refuse($"{VocabularyFile.Quote(id.GetRawText())} is no id");
}
