using System.Globalization;
using Cs336.Inference;
using Microsoft.Extensions.AI;

namespace Cs336.Hosting;

/// <summary>Turns chat options into generation options. Each is honoured or refused by name; none is passed over.</summary>
internal static class ChatOptionsReader
{
    /// <summary>Names in <see cref="ChatOptions.AdditionalProperties"/> for what chat options have no member for.</summary>
    public const string MinP = "min_p", RepetitionPenalty = "repetition_penalty", Caller = "caller";

    public static GenerationOptions Read(ChatOptions? chat, GenerationOptions defaults, ChatTemplate template, string modelId)
    {
        GenerationOptions options = defaults with
        {
            StopStrings = [.. defaults.StopStrings, .. template.StopStrings, .. chat?.StopSequences ?? []],
            StopTokens = template.StopTokens ?? defaults.StopTokens,
        };
        if (chat is null) return options;
        Refuse(chat, modelId);
        if (chat.MaxOutputTokens is int most) options.MaxNewTokens = most;
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
    public static string CallerOf(ChatOptions? chat) =>
        chat?.AdditionalProperties?.GetValueOrDefault(Caller) switch
        {
            null => "",
            string caller => caller,
            object other => throw new ArgumentException($"ChatOptions.AdditionalProperties[\"{Caller}\"] is a {other.GetType().Name}, but must be a text."),
        };

    private static void Refuse(ChatOptions chat, string modelId)
    {
        List<string> refused = [];
        if (chat.Tools is { Count: > 0 }) refused.Add(nameof(chat.Tools));
        if (chat.ToolMode is not (null or AutoChatToolMode or NoneChatToolMode)) refused.Add(nameof(chat.ToolMode)); // these two ask for nothing where there are no tools
        if (chat.AllowMultipleToolCalls is not null) refused.Add(nameof(chat.AllowMultipleToolCalls));
        if (chat.ResponseFormat is not (null or ChatResponseFormatText)) refused.Add($"{nameof(chat.ResponseFormat)} {chat.ResponseFormat.GetType().Name}");
        if (chat.ConversationId is not null) refused.Add(nameof(chat.ConversationId));
        if (chat.Reasoning is not null) refused.Add(nameof(chat.Reasoning));
#pragma warning disable MEAI001 // experimental there; refused here all the same
        if (chat.AllowBackgroundResponses is true) refused.Add(nameof(chat.AllowBackgroundResponses));
        if (chat.ContinuationToken is not null) refused.Add(nameof(chat.ContinuationToken));
#pragma warning restore MEAI001
        if (chat.RawRepresentationFactory is not null) refused.Add(nameof(chat.RawRepresentationFactory));
        if (chat.ModelId is not null && chat.ModelId != modelId) refused.Add($"{nameof(chat.ModelId)} '{chat.ModelId}' (the model here is '{modelId}')");
        refused.AddRange((chat.AdditionalProperties?.Keys ?? []).Where(key => key is not (MinP or RepetitionPenalty or Caller)).Select(key => $"{nameof(chat.AdditionalProperties)}[\"{key}\"]"));
        if (refused.Count > 0) throw new NotSupportedException($"This client cannot honour ChatOptions.{string.Join(", ChatOptions.", refused)}: leave it out.");
    }

    private static double? Number(ChatOptions chat, string name)
    {
        object? value = chat.AdditionalProperties?.GetValueOrDefault(name);
        return value switch
        {
            null => null,
            double or float or int or long or decimal => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            _ => throw new ArgumentException($"ChatOptions.AdditionalProperties[\"{name}\"] is a {value.GetType().Name}, but must be a number."),
        };
    }
}
