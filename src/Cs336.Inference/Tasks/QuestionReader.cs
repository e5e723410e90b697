using System.Globalization;
using System.Text.Json;

namespace Cs336.Inference;

/// <summary>Reads one line of a task, in whichever format it is.</summary>
internal static class QuestionReader
{
    /// <exception cref="FormatException">It is no question; the message is a clause.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static (TaskKind Kind, TaskQuestion Question) Read(string text, int line)
    {
        using JsonDocument json = JsonDocument.Parse(text);
        JsonElement root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new FormatException("it is no JSON object");
        if (Has("query")) return Choice(Text(root, "query"), Texts(Get(root, "choices"), "choices"), Get(root, "gold"), "gold", line);
        if (Has("ctx"))
        {
            string activity = Has("activity_label") ? Text(root, "activity_label") + ": " : "";
            return Choice(activity + Text(root, "ctx"), Texts(Get(root, "endings"), "endings"), Get(root, "label"), "label", line);
        }
        if (Has("question")) return Arc(root, line);
        if (Has("context")) return Cloze(Text(root, "context"), Text(root, "target"), line);
        if (!Has("text")) throw new FormatException("it has none of query, ctx, question, context and text");
        string whole = Text(root, "text");
        int space = whole.LastIndexOf(' ');
        if (space <= 0) throw new FormatException($"text is '{whole}', but must be two words at least: the last one is asked for");
        return Cloze(whole[..space], whole[(space + 1)..], line);

        bool Has(string key) => root.TryGetProperty(key, out _);
    }

    /// <summary>Of ARC: a label for each choice, and the label of the right one.</summary>
    private static (TaskKind, TaskQuestion) Arc(JsonElement root, int line)
    {
        string context = $"Question: {Text(root, "question")}\nAnswer:";
        JsonElement choices = Get(root, "choices");
        if (choices.ValueKind != JsonValueKind.Object) throw new FormatException("choices must be an object with text and label");
        string[] labels = Texts(Get(choices, "label"), "choices.label");
        string answer = Text(root, "answerKey");
        int place = Array.IndexOf(labels, answer);
        if (place < 0) throw new FormatException($"answerKey is '{answer}', but the labels are {string.Join(", ", labels)}");
        string[] texts = Texts(Get(choices, "text"), "choices.text");
        if (texts.Length != labels.Length)
            throw new FormatException($"there are {texts.Length} texts of choices, but {labels.Length} labels");
        return (TaskKind.MultipleChoice, new TaskQuestion(context, CheckChoices(texts), place, line));
    }

    private static (TaskKind, TaskQuestion) Choice(string context, string[] choices, JsonElement answer, string key, int line)
    {
        string text = answer.ValueKind == JsonValueKind.String ? AsText(answer, key) : answer.GetRawText();
        CheckChoices(choices);
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int place);
        if (!isNumber || place >= choices.Length)
            throw new FormatException($"{key} is {text}, but must be a whole number from 0 to {choices.Length - 1}");
        return (TaskKind.MultipleChoice, new TaskQuestion(context, choices, place, line));
    }

    private static (TaskKind, TaskQuestion) Cloze(string context, string target, int line) => target.Length == 0
        ? throw new FormatException("the text that is asked for is empty")
        : (TaskKind.Cloze, new TaskQuestion(context, [target], 0, line));

    private static string[] CheckChoices(string[] choices)
    {
        if (choices.Length < 2) throw new FormatException($"there are {choices.Length} choices, but at least 2 are needed");
        int empty = Array.IndexOf(choices, "");
        return empty < 0 ? choices : throw new FormatException($"choice {empty} is empty");
    }

    private static string[] Texts(JsonElement array, string key) => array.ValueKind == JsonValueKind.Array
        ? [.. array.EnumerateArray().Select(item => AsText(item, key))] : throw new FormatException($"{key} must be an array of texts");

    private static string Text(JsonElement element, string key) => AsText(Get(element, key), key);

    private static string AsText(JsonElement element, string key)
    {
        if (element.ValueKind != JsonValueKind.String) throw new FormatException($"{key} must be text, but is {element.ValueKind}");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException($"{key} holds half a surrogate pair", exception);
        }
    }

    private static JsonElement Get(JsonElement element, string key) =>
        element.TryGetProperty(key, out JsonElement value) ? value : throw new FormatException($"it has no {key}");
}
