using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>All that a service checks: its options, what requests that say nothing get, and each request.</summary>
internal static class GenerationServiceChecks
{
    /// <summary>What of the service's options is not sound.</summary>
    public static IReadOnlyList<string> FindProblems(GenerationServiceOptions options)
    {
        List<string> problems = [];
        if (options.MaxConcurrentRequests < 1)
            problems.Add($"GenerationServiceOptions.MaxConcurrentRequests is {options.MaxConcurrentRequests}, but must be at least 1.");
        if (options.QueueCapacity < 1)
            problems.Add($"GenerationServiceOptions.QueueCapacity is {options.QueueCapacity}, but must be at least 1.");
        if (options.QueueCapacityPerCaller < 1)
            problems.Add($"GenerationServiceOptions.QueueCapacityPerCaller is {options.QueueCapacityPerCaller}, "
                + "but must be at least 1, or null for as many as all.");
        if (options.MaxCallers < 1) problems.Add($"GenerationServiceOptions.MaxCallers is {options.MaxCallers}, but must be at least 1.");
        if (options.MaxPromptTokens < 1)
            problems.Add($"GenerationServiceOptions.MaxPromptTokens is {options.MaxPromptTokens}, "
                + "but must be at least 1, or null for what the context holds.");
        if (options.MaxNewTokens < 1)
            problems.Add($"GenerationServiceOptions.MaxNewTokens is {options.MaxNewTokens}, but must be at least 1.");
        (string, TimeSpan)[] times = [(nameof(options.TimeLimit), options.TimeLimit), (nameof(options.StallTimeout), options.StallTimeout)];
        foreach ((string name, TimeSpan time) in times)
            if (time <= TimeSpan.Zero || time > TimeSpan.FromDays(1))
                problems.Add($"GenerationServiceOptions.{name} is {time}, but must be above 0 and at most a day.");
        return problems;
    }

    /// <summary>What of the options of requests that say nothing goes over the service's limits.</summary>
    public static IReadOnlyList<string> FindProblems(GenerationServiceOptions limits, GenerationOptions defaults) =>
        defaults.MaxNewTokens <= limits.MaxNewTokens ? [] :
        [
            $"max_new_tokens is {defaults.MaxNewTokens} where a request does not say, "
            + $"but GenerationServiceOptions.MaxNewTokens is {limits.MaxNewTokens}: raise this or lower that.",
        ];

    /// <summary>What of a request is not sound or goes over the service's limits.</summary>
    /// <param name="limits">The service's options.</param>
    /// <param name="request">The request.</param>
    /// <param name="options">How it draws.</param>
    /// <param name="promptIds">Its prompt; null where that is so long that it was not even encoded.</param>
    /// <param name="model">The model that it is for.</param>
    public static IReadOnlyList<string> FindProblems(
        GenerationServiceOptions limits, GenerationRequest request, GenerationOptions options, int[]? promptIds, ILanguageModel model)
    {
        List<string> problems = [];
        if (options.MaxNewTokens > limits.MaxNewTokens)
            problems.Add($"max_new_tokens is {options.MaxNewTokens}, but this service generates at most {limits.MaxNewTokens} at a time.");
        if (request.TimeLimit is TimeSpan time && (time <= TimeSpan.Zero || time > limits.TimeLimit))
            problems.Add($"The time limit is {time}, but must be above 0 and at most {limits.TimeLimit}.");
        if (request.Caller is null) problems.Add("The caller is null: give an empty text for none.");
        int maxTokens = MaxPromptTokens(limits, model);
        if (promptIds is null)
            problems.Add(
                $"The prompt has {request.Prompt?.Length} characters, which is more than {maxTokens} tokens can hold: shorten the prompt.");
        else if (promptIds.Length > maxTokens && maxTokens < model.ContextLength)
            problems.Add($"The prompt has {promptIds.Length} tokens, but this service takes at most {maxTokens}: shorten the prompt.");
        problems.AddRange(promptIds is null ? options.FindProblems() : options.FindProblems(promptIds, model));
        return problems;
    }

    /// <summary>The most tokens that a prompt may have: as the options say, and no more than the context holds.</summary>
    public static int MaxPromptTokens(GenerationServiceOptions limits, ILanguageModel model) =>
        Math.Min(limits.MaxPromptTokens ?? model.ContextLength, model.ContextLength);

    /// <exception cref="ArgumentException">There are problems; the message lists them.</exception>
    public static void Throw(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
