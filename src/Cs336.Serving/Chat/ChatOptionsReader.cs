using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Microsoft.Extensions.AI;

namespace Cs336.Serving;

/// <summary>
/// Turns chat options into generation options. What changes the answer is honoured or refused by name. Hints that ask for nothing here
/// are passed over, as a provider may: another model's name, other providers' additional properties, how to call tools where there are
/// none.
/// </summary>
internal static class ChatOptionsReader
{
    /// <summary>Names in <see cref="ChatOptions.AdditionalProperties"/> for what chat options have no member for.</summary>
    public const string MinP = "min_p", RepetitionPenalty = "repetition_penalty", Caller = "caller";

    public static GenerationOptions Read(ChatOptions? chat, GenerationOptions defaults, ChatTemplate template)
    {
        GenerationOptions options = defaults with
        {
            StopStrings = [.. defaults.StopStrings, .. template.StopStrings, .. chat?.StopSequences ?? []],
            StopTokens = template.StopTokens ?? defaults.StopTokens,
        };
        if (chat is null) return options;
        Refuse(chat);
        if (chat.MaxOutputTokens is int maxTokens) options.MaxNewTokens = maxTokens;
        if (chat.Temperature is float temperature) options.Temperature = temperature;
        if (chat.TopP is float topP) options.TopP = topP;
        if (chat.TopK is int topK) options.TopK = topK;
        if (chat.PresencePenalty is float presence) options.PresencePenalty = presence;
        if (chat.FrequencyPenalty is float frequency) options.FrequencyPenalty = frequency;
        if (chat.Seed is long seed) options.Seed = unchecked((ulong)seed);
        if (Number(chat, MinP) is double minP) options.MinP = minP;
        if (Number(chat, RepetitionPenalty) is double repetition) options.RepetitionPenalty = repetition;
        return options;
    }

    /// <summary>Who asks, for the turns in the queue.</summary>
    public static string CallerOf(ChatOptions? chat) => (chat is null ? null : Text(chat, Caller, "a text")) ?? "";

    /// <summary>Options that ask for nothing here: the answer is the same without them.</summary>
    public static IReadOnlyList<string> FindPassedOver(ChatOptions? chat, string modelId)
    {
        if (chat is null) return [];
        List<string> passedOver = [];
        if (chat.ModelId is string other && other != modelId) passedOver.Add($"{nameof(chat.ModelId)} '{other}'");
        if (chat.AllowMultipleToolCalls is not null) passedOver.Add(nameof(chat.AllowMultipleToolCalls));
        if (chat.ToolMode is not null) passedOver.Add(nameof(chat.ToolMode));
        foreach (string name in chat.AdditionalProperties?.Keys ?? Enumerable.Empty<string>())
            if (name is not (MinP or RepetitionPenalty or Caller)) passedOver.Add($"{nameof(chat.AdditionalProperties)}[\"{name}\"]");
        return passedOver;
    }

    private static void Refuse(ChatOptions chat)
    {
        List<string> refused = [];
        if (chat.Tools is { Count: > 0 }) refused.Add(nameof(chat.Tools));
        if (chat.ToolMode is not (null or AutoChatToolMode or NoneChatToolMode)) refused.Add(nameof(chat.ToolMode));
        if (chat.ResponseFormat is not (null or ChatResponseFormatText))
            refused.Add($"{nameof(chat.ResponseFormat)} {chat.ResponseFormat.GetType().Name}");
        if (chat.ConversationId is not null) refused.Add(nameof(chat.ConversationId));
        if (chat.Reasoning is not null) refused.Add(nameof(chat.Reasoning));
#pragma warning disable MEAI001 // experimental there; refused here all the same
        if (chat.AllowBackgroundResponses is true) refused.Add(nameof(chat.AllowBackgroundResponses));
        if (chat.ContinuationToken is not null) refused.Add(nameof(chat.ContinuationToken));
#pragma warning restore MEAI001
        if (chat.RawRepresentationFactory is not null) refused.Add(nameof(chat.RawRepresentationFactory));
        if (refused.Count > 0)
            throw new NotSupportedException(
                $"This client cannot honour ChatOptions.{string.Join(", ChatOptions.", refused)}: leave it out.");
    }

    private static double? Number(ChatOptions chat, string name)
    {
        const string Expected = "a number";
        if (Text(chat, name, Expected) is not string text) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number : throw Unsound(name, $"\"{text}\"", Expected);
    }

    /// <summary>A property as it is written, whether the app has set it or it came out of JSON; null where it is not there.</summary>
    private static string? Text(ChatOptions chat, string name, string expected) => chat.AdditionalProperties?.GetValueOrDefault(name) switch
    {
        null or JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        string text => text,
        JsonElement { ValueKind: JsonValueKind.Object or JsonValueKind.Array } json => throw Unsound(
            name, $"JSON of kind {json.ValueKind}", expected),
        JsonElement or JsonValue or bool => chat.AdditionalProperties[name]!.ToString(),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        object other => throw Unsound(name, $"a {other.GetType().Name}", expected),
    };

    private static ArgumentException Unsound(string name, string found, string expected) =>
        new($"ChatOptions.AdditionalProperties[\"{name}\"] is {found}, but must be {expected}.");
}
