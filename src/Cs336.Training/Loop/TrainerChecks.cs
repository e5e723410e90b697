using Cs336.Inference;

namespace Cs336.Training;

/// <summary>Finds what keeps model, data and options from going together.</summary>
internal static class TrainerChecks
{
    /// <summary>Every problem, one sentence each.</summary>
    public static IReadOnlyList<string> FindProblems(TransformerConfig model, TrainingData data, TrainerOptions options, bool hasStore)
    {
        List<string> problems = [.. options.FindProblems()];
        int length = options.WindowLength ?? model.ContextLength;
        if (length > model.ContextLength)
            problems.Add($"window_length is {length}, but the model's context_length is {model.ContextLength}.");
        if ((long)options.BatchSize * length > Array.MaxLength)
            problems.Add($"batch_size is {options.BatchSize} and a window has {length} tokens, but a batch has at most {Array.MaxLength} "
                + "tokens: lower batch_size, and raise accumulation_steps.");
        if (options.FindRampProblem(model.ContextLength) is string ofRamp) problems.Add(ofRamp);
        problems.AddRange(data.Training.Texts.Select(text => WindowChecks.FindProblem(text, length)).OfType<string>());
        if (data.Validation is not null && WindowChecks.FindProblem(data.Validation, length, isValidation: true) is string problem)
            problems.Add(problem);
        if (data.TokenByteLengths is not null && data.TokenByteLengths.Count != model.VocabSize)
            problems.Add($"The byte lengths are of {data.TokenByteLengths.Count} tokens, but the model's vocab_size is {model.VocabSize}: "
                + "use the tokenizer that made the data.");
        if (options.Patience is not null && data.Validation is null)
            problems.Add($"patience is {options.Patience}, but there is no validation data to tell by: give some, or leave it out.");
        if (options.OnDivergence == DivergenceAction.RollBack && !hasStore)
            problems.Add("on_divergence is roll_back, but there is no checkpoint store to go back to: give one, or choose skip.");
        return problems;
    }
}
