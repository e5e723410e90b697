using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Serving;

/// <summary>Turns a request's prompt into ids, and has the request checked, all problems at once, before it may wait.</summary>
internal sealed class PromptReader(ITokenizer tokenizer, GenerationServiceOptions limits)
{
    private readonly int _longestToken = Enumerable.Range(0, tokenizer.VocabSize).Max(id => tokenizer.GetTokenBytes(id).Length);

    /// <exception cref="ArgumentException">The request is not sound; the message lists every problem.</exception>
    public int[] Read(GenerationRequest request, GenerationOptions options, ILanguageModel model)
    {
        int[]? promptIds = Encode(request, options, GenerationServiceChecks.MaxPromptTokens(limits, model));
        GenerationServiceChecks.Throw(GenerationServiceChecks.FindProblems(limits, request, options, promptIds, model));
        return promptIds!;
    }

    /// <summary>The prompt's ids; null for one that is far too long, which is not even encoded.</summary>
    private int[]? Encode(GenerationRequest request, GenerationOptions options, int maxTokens)
    {
        if (request.Prompt is not string prompt) return request.PromptTokens.ToArray();
        if (Encoding.UTF8.GetByteCount(prompt) > (long)maxTokens * _longestToken) return null;
        return tokenizer.Encode(prompt, options.AllowSpecialTokensInPrompt ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore);
    }
}
