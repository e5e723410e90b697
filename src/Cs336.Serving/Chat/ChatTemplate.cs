namespace Cs336.Serving;

/// <summary>
/// How a conversation is written out as one text for the model to continue: the messages in order, each between its role's marks,
/// then the mark that begins an answer. A special token of the tokenizer within a mark is that token; within a message it is
/// plain text, so that no message can pretend to be another.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>No marks at all: the model continues the messages' texts, one after the other, as suits a model of stories.</summary>
    public static ChatTemplate Plain => new();

    /// <summary>The marks of ChatML, <c>&lt;|im_start|&gt;user</c> and so on, for models that were trained with them.</summary>
    public static ChatTemplate ChatML => new()
    {
        BeforeSystem = "<|im_start|>system\n", AfterSystem = "<|im_end|>\n",
        BeforeUser = "<|im_start|>user\n", AfterUser = "<|im_end|>\n",
        BeforeAssistant = "<|im_start|>assistant\n", AfterAssistant = "<|im_end|>\n",
        StopTokens = ["<|im_end|>", "<|endoftext|>"],
    };

    /// <summary>What the conversation begins with. Default empty.</summary>
    public string Start { get; set; } = "";

    /// <summary>What comes before a message of the system. Default empty.</summary>
    public string BeforeSystem { get; set; } = "";

    /// <summary>What comes after a message of the system. Default empty.</summary>
    public string AfterSystem { get; set; } = "";

    /// <summary>What comes before a message of the user. Default empty.</summary>
    public string BeforeUser { get; set; } = "";

    /// <summary>What comes after a message of the user. Default empty.</summary>
    public string AfterUser { get; set; } = "";

    /// <summary>What comes before an answer, also before the one to be generated. Default empty.</summary>
    public string BeforeAssistant { get; set; } = "";

    /// <summary>What comes after an earlier answer. Default empty.</summary>
    public string AfterAssistant { get; set; } = "";

    /// <summary>Strings at which an answer ends. Default empty.</summary>
    public IReadOnlyList<string> StopStrings { get; set; } = [];

    /// <summary>Special tokens at which an answer ends. Default null: those of the generation's defaults.</summary>
    public IReadOnlyList<string>? StopTokens { get; set; }

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        foreach ((string name, string? mark) in (ReadOnlySpan<(string, string?)>)
            [
                (nameof(Start), Start), (nameof(BeforeSystem), BeforeSystem), (nameof(AfterSystem), AfterSystem),
                (nameof(BeforeUser), BeforeUser), (nameof(AfterUser), AfterUser),
                (nameof(BeforeAssistant), BeforeAssistant), (nameof(AfterAssistant), AfterAssistant),
            ])
            if (mark is null) problems.Add($"ChatTemplate.{name} is null: give an empty text for no mark.");
        if (StopStrings is null || StopStrings.Any(string.IsNullOrEmpty))
            problems.Add("ChatTemplate.StopStrings is null or holds an empty text: give an empty list for none.");
        return problems;
    }
}
