namespace Cs336.Inference;

/// <summary>How a text is continued.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to add to the prompt. Default 256; at least 1.</summary>
    public int MaxNewTokens { get; set; } = 256;

    /// <summary>
    /// What the logits are divided by before the softmax: below 1 sharpens, above 1 flattens the distribution, 0 always takes
    /// the likeliest token. Default 1; finite, 0 or more.
    /// </summary>
    public double Temperature { get; set; } = 1;

    /// <summary>
    /// Nucleus sampling (Holtzman et al., 2020): draw from the smallest set of likeliest tokens whose probabilities sum to at
    /// least this. Default 1, which keeps all; in (0, 1].
    /// </summary>
    public double TopP { get; set; } = 1;

    /// <summary>Makes the draw repeatable: the same model, prompt, options and seed give the same tokens. Default null: a seed of its own each time.</summary>
    public ulong? Seed { get; set; }

    /// <summary>Special tokens that end the text; they are not part of it. Default <c>&lt;|endoftext|&gt;</c>. Those that the tokenizer does not have are passed over.</summary>
    public IReadOnlyList<string> StopTokens { get; set; } = ["<|endoftext|>"];

    /// <summary>Whether special tokens written out in the prompt stand for themselves. Default false: they are read as plain text, as is right for text from strangers.</summary>
    public bool AllowSpecialTokensInPrompt { get; set; }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (MaxNewTokens < 1) problems.Add($"max_new_tokens is {MaxNewTokens}, but must be at least 1.");
        if (!double.IsFinite(Temperature) || Temperature < 0) problems.Add($"temperature is {Temperature}, but must be a finite number of at least 0; 0 always takes the likeliest token.");
        if (!(TopP > 0 && TopP <= 1)) problems.Add($"top_p is {TopP}, but must be above 0 and at most 1; 1 keeps every token.");
        if (StopTokens is null) problems.Add("stop_tokens is null: give an empty list to never stop at a token.");
        return problems;
    }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message lists every problem at once.</exception>
    public void Validate()
    {
        IReadOnlyList<string> problems = FindProblems();
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
