using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// How a text is continued. Each token is drawn like this: the penalties, the biases, then <see cref="Processors"/> and the bans
/// change the logits; the temperature divides them; top-k, top-p and min-p, in this order, each pick from what the one
/// before has left; and the draw is among what remains, by probability.
/// </summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to add to the prompt. Default 256; at least 1.</summary>
    public int MaxNewTokens { get; set; } = 256;

    /// <summary>
    /// What the logits are divided by before the softmax: below 1 sharpens, above 1 flattens the distribution, 0 always takes
    /// the likeliest token. Default 1; finite, 0 or more.
    /// </summary>
    public double Temperature { get; set; } = 1;

    /// <summary>Draw from this many of the likeliest tokens (Fan et al., 2018). Default 0, which keeps all; 0 or more.</summary>
    public int TopK { get; set; }

    /// <summary>
    /// Nucleus sampling (Holtzman et al., 2020): draw from the smallest set of likeliest tokens whose probabilities sum to at
    /// least this. Default 1, which keeps all; in (0, 1].
    /// </summary>
    public double TopP { get; set; } = 1;

    /// <summary>
    /// Draw from the tokens that are at least this times as likely as the likeliest (Nguyen et al., 2024). Default 0, which keeps all; in
    /// [0, 1].
    /// </summary>
    public double MinP { get; set; }

    /// <summary>
    /// Makes every token of the prompt and of the text so far less likely: a positive logit is divided by this, a negative one multiplied
    /// (Keskar et al., 2019). Default 1, which changes nothing; 0.01 to 100, below 1 favours repetition.
    /// </summary>
    public double RepetitionPenalty { get; set; } = 1;

    /// <summary>
    /// Subtracted from the logit of each token that was generated before, however often; the prompt does not count. Default 0; -100 to
    /// 100.
    /// </summary>
    public double PresencePenalty { get; set; }

    /// <summary>
    /// Subtracted from the logit of a token once for each time that it was generated; the prompt does not count. Default 0; -100 to 100.
    /// </summary>
    public double FrequencyPenalty { get; set; }

    /// <summary>What is added to the logits of tokens, by id. Default empty; each finite and at most 1,000,000 in size.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; set; } = new Dictionary<int, double>();

    /// <summary>Ids that are never drawn, whatever the rest says. Default empty.</summary>
    public IReadOnlyList<int> BannedTokens { get; set; } = [];

    /// <summary>The app's own changes of the logits, in this order. Default empty.</summary>
    [JsonIgnore]
    public IReadOnlyList<ILogitProcessor> Processors { get; set; } = [];

    /// <summary>
    /// Makes the draw repeatable: the same model, prompt, options and seed give the same tokens. Default null: a seed of its own each
    /// time.
    /// </summary>
    public ulong? Seed { get; set; }

    /// <summary>
    /// Special tokens that end the text; they are not part of it. Default <c>&lt;|endoftext|&gt;</c>. Those that the tokenizer does not
    /// have are passed over.
    /// </summary>
    public IReadOnlyList<string> StopTokens { get; set; } = ["<|endoftext|>"];

    /// <summary>
    /// Strings that end the text; they are not part of it. One is found wherever the tokens' borders lie, and text that might
    /// still become one is held back. Of several, the one that is complete first counts. Default empty; none of them empty.
    /// </summary>
    public IReadOnlyList<string> StopStrings { get; set; } = [];

    /// <summary>
    /// Ask how likely each token was, and this many of the likeliest alternatives. Default null: do not ask; 0 to 1,000, 0 for the drawn
    /// token alone.
    /// </summary>
    public int? LogProbabilities { get; set; }

    /// <summary>What happens when the context is full. Default <see cref="ContextOverflow.Stop"/>.</summary>
    public ContextOverflow ContextOverflow { get; set; }

    /// <summary>
    /// Whether special tokens written out in the prompt stand for themselves. Default false: they are read as plain text, as is right for
    /// text from strangers.
    /// </summary>
    public bool AllowSpecialTokensInPrompt { get; set; }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems() => GenerationProblems.Find(this);

    /// <summary>
    /// Everything that is wrong with the options for a prompt and a model, one sentence each; empty where they are sound.
    /// </summary>
    /// <param name="prompt">The tokens to continue.</param>
    /// <param name="model">The model that is to continue them.</param>
    public IReadOnlyList<string> FindProblems(ReadOnlySpan<int> prompt, ILanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return GenerationProblems.Find(this, prompt, model.VocabSize, model.ContextLength);
    }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message lists every problem at once.</exception>
    public void Validate() => GenerationProblems.Throw(FindProblems());
}
