using Cs336.Json;

namespace Cs336.Inference;

/// <summary>Finds everything that is wrong with options and a prompt before a sequence begins.</summary>
internal static class GenerationProblems
{
    public static List<string> Find(GenerationOptions options)
    {
        List<string> problems = [];
        if (options.MaxNewTokens < 1) problems.Add($"max_new_tokens is {options.MaxNewTokens}, but must be at least 1.");
        if (!double.IsFinite(options.Temperature) || options.Temperature < 0)
            problems.Add(
                $"temperature is {options.Temperature}, but must be a finite number of at least 0; 0 always takes the likeliest token.");
        if (options.TopK < 0) problems.Add($"top_k is {options.TopK}, but must be at least 0; 0 keeps every token.");
        if (!(options.TopP > 0 && options.TopP <= 1))
            problems.Add($"top_p is {options.TopP}, but must be above 0 and at most 1; 1 keeps every token.");
        if (!(options.MinP >= 0 && options.MinP <= 1)) problems.Add($"min_p is {options.MinP}, but must be 0 to 1; 0 keeps every token.");
        if (!(options.RepetitionPenalty >= 0.01 && options.RepetitionPenalty <= 100))
            problems.Add($"repetition_penalty is {options.RepetitionPenalty}, but must be 0.01 to 100; 1 changes nothing.");
        if (!(Math.Abs(options.PresencePenalty) <= 100))
            problems.Add($"presence_penalty is {options.PresencePenalty}, but must be -100 to 100; 0 changes nothing.");
        if (!(Math.Abs(options.FrequencyPenalty) <= 100))
            problems.Add($"frequency_penalty is {options.FrequencyPenalty}, but must be -100 to 100; 0 changes nothing.");
        if (options.LogitBias is null) problems.Add("logit_bias is null: give an empty dictionary for none.");
        else
            foreach ((int id, double bias) in options.LogitBias)
                if (!(Math.Abs(bias) <= 1e6))
                    problems.Add(
                        $"logit_bias of token {id} is {bias}, but must be finite and at most 1,000,000 in size; "
                        + "to rule a token out, name it in banned_tokens.");
        if (options.BannedTokens is null) problems.Add("banned_tokens is null: give an empty list to ban none.");
        if (options.Processors is null || options.Processors.Contains(null!))
            problems.Add("processors is null or holds null: give an empty list for none.");
        if (options.StopTokens is null) problems.Add("stop_tokens is null: give an empty list to never stop at a token.");
        if (options.StopStrings is null) problems.Add("stop_strings is null: give an empty list to never stop at a string.");
        else
            foreach (string text in options.StopStrings)
                if (string.IsNullOrEmpty(text))
                    problems.Add("stop_strings holds an empty string, at which every text would end: leave it out.");
                else if (LoneSurrogate.IsIn(text))
                    problems.Add("stop_strings holds half a surrogate pair, which no text has: give whole characters.");
        if (options.LogProbabilities is < 0 or > 1000)
            problems.Add(
                $"log_probabilities is {options.LogProbabilities}, but must be 0 to 1000 alternatives, or null for no log-probabilities.");
        if (!Enum.IsDefined(options.ContextOverflow))
            problems.Add(
                $"context_overflow is {options.ContextOverflow}, but must be {string.Join(" or ", Enum.GetNames<ContextOverflow>())}.");
        return problems;
    }

    /// <summary>What is wrong with the options and a prompt for a model.</summary>
    public static List<string> Find(GenerationOptions options, ReadOnlySpan<int> prompt, int vocabSize, int contextLength)
    {
        List<string> problems = Find(options);
        if (prompt.IsEmpty) problems.Add("The prompt is empty: give at least one token to continue from.");
        if (prompt.Length > contextLength)
            problems.Add($"The prompt has {prompt.Length} tokens, but context_length is {contextLength}: shorten the prompt.");
        foreach (int id in prompt)
        {
            if ((uint)id < (uint)vocabSize) continue;
            problems.Add(
                $"Token id {id} of the prompt is outside the vocabulary: ids are 0 to {vocabSize - 1}. "
                + "Was the text encoded with another tokenizer?");
            break;
        }
        foreach (int id in options.LogitBias?.Keys ?? [])
            if ((uint)id >= (uint)vocabSize) problems.Add($"logit_bias names token {id}, but ids are 0 to {vocabSize - 1}.");
        foreach (int id in options.BannedTokens ?? [])
            if ((uint)id >= (uint)vocabSize) problems.Add($"banned_tokens names token {id}, but ids are 0 to {vocabSize - 1}.");
        if (options.BannedTokens?.Count >= vocabSize && options.BannedTokens.Distinct().Count() == vocabSize)
            problems.Add("banned_tokens names every token: none is left to draw.");
        return problems;
    }

    public static void Throw(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
