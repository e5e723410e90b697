using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Hosting;

/// <summary>Turns a request's prompt into ids and checks the request against the limits, all problems at once, before it may wait.</summary>
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
        int most = Math.Min(limits.MaxPromptTokens ?? model.ContextLength, model.ContextLength);
        int[]? promptIds = null;
        // A prompt that is far too long is not even encoded.
        if (request.Prompt is string prompt && Encoding.UTF8.GetByteCount(prompt) > (long)most * _longestToken)
            problems.Add($"The prompt has {prompt.Length} characters, which is more than {most} tokens can hold: shorten the prompt.");
        else
        {
            promptIds = request.Prompt is null
                ? request.PromptTokens.ToArray()
                : tokenizer.Encode(request.Prompt, options.AllowSpecialTokensInPrompt ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore);
            if (promptIds.Length > most && most < model.ContextLength)
                problems.Add($"The prompt has {promptIds.Length} tokens, but this service takes at most {most}: shorten the prompt.");
        }
        try
        {
            new TextSequence(tokenizer, model, promptIds ?? [0], options).Dispose(); // takes no memory of the model yet
        }
        catch (ArgumentException exception)
        {
            problems.Add(exception.Message);
        }
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        return promptIds!;
    }
}
