using Cs336.Inference;

namespace Cs336.Training;

/// <summary>Texts that the model tells while it learns: the section <c>samples</c> of a <see cref="RunConfig"/>.</summary>
public sealed record SampleConfig
{
    /// <summary>Steps between samples: <c>every</c>. Default null: none; at least 1.</summary>
    public long? Every { get; set; }

    /// <summary>Beginnings to continue: <c>prompts</c>. Default none, which is an error where <see cref="Every"/> is set.</summary>
    public IReadOnlyList<string> Prompts { get; set; } = [];

    /// <summary>The most tokens to add to a prompt: <c>max_new_tokens</c>. Default 128.</summary>
    public int MaxNewTokens { get; set; } = 128;

    /// <summary>What the logits are divided by: <c>temperature</c>. Default 0.8.</summary>
    public double Temperature { get; set; } = 0.8;

    /// <summary>Nucleus sampling: <c>top_p</c>. Default 0.95.</summary>
    public double TopP { get; set; } = 0.95;

    /// <summary>Determines the samples, the same at every step: <c>seed</c>. Default 0.</summary>
    public ulong Seed { get; set; }

    internal GenerationOptions GenerationOptions =>
        new() { MaxNewTokens = MaxNewTokens, Temperature = Temperature, TopP = TopP, Seed = Seed, AllowSpecialTokensInPrompt = true };

    internal IReadOnlyList<string> FindProblems(bool hasTokenizer)
    {
        if (Every is not long every) return [];
        List<string> problems = [.. GenerationOptions.FindProblems()];
        if (every < 1) problems.Add($"samples.every is {every}, but must be at least 1.");
        if (Prompts.Count == 0 || Prompts.Any(string.IsNullOrEmpty))
            problems.Add("samples.prompts has no beginnings or an empty one: give at least one text to continue.");
        if (!hasTokenizer) problems.Add("samples.every is set, but data.tokenizer is not: samples need the tokenizer that made the data.");
        return problems;
    }
}
