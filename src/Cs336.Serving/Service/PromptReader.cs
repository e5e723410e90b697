using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Serving;

/// <summary>
/// Turns a request's prompt into ids and checks the request against the limits, all problems at once, before it may wait.
/// </summary>
internal sealed class PromptReader(ITokenizer tokenizer, GenerationServiceOptions limits)
{
    private readonly int _longestToken = Enumerable.Range(0, tokenizer.VocabSize).Max(id => tokenizer.GetTokenBytes(id).Length);

    public int[] Read(GenerationRequest request, GenerationOptions options, ILanguageModel model)
    {
        List<string> problems = [];
        if (options.MaxNewTokens > limits.MaxNewTokens)
            problems.Add($"max_new_tokens is {options.MaxNewTokens}, but this service generates at most {limits.MaxNewTokens} at a time.");
        if (request.TimeLimit is TimeSpan time && (time <= TimeSpan.Zero || time > limits.TimeLimit))
            problems.Add($"The time limit is {time}, but must be above 0 and at most {limits.TimeLimit}.");
        if (request.Caller is null) problems.Add("The caller is null: give an empty text for none.");
        int[]? promptIds = ReadPrompt(request, options, model.ContextLength, problems);
        problems.AddRange(promptIds is null ? options.FindProblems() : options.FindProblems(promptIds, model));
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        return promptIds!;
    }

    /// <summary>The prompt's ids; null for one that is far too long, which is not even encoded.</summary>
    private int[]? ReadPrompt(GenerationRequest request, GenerationOptions options, int contextLength, List<string> problems)
    {
        int maxTokens = Math.Min(limits.MaxPromptTokens ?? contextLength, contextLength);
        if (request.Prompt is string prompt && Encoding.UTF8.GetByteCount(prompt) > (long)maxTokens * _longestToken)
        {
            problems.Add($"The prompt has {prompt.Length} characters, which is more than {maxTokens} tokens can hold: shorten the prompt.");
            return null;
        }
        int[] ids = request.Prompt is null
            ? request.PromptTokens.ToArray()
            : tokenizer.Encode(
                request.Prompt, options.AllowSpecialTokensInPrompt ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore);
        if (ids.Length > maxTokens && maxTokens < contextLength)
            problems.Add($"The prompt has {ids.Length} tokens, but this service takes at most {maxTokens}: shorten the prompt.");
        return ids;
    }
}
