namespace Cs336.Inference;

/// <summary>
/// A sequence of tokens that grows by one token per step, for programs that run the model themselves: put <see cref="Pending"/> through
/// <see cref="ILanguageModel.Forward"/>, alone or in a batch with other sequences, and give the logits to <see cref="Accept"/>; repeat
/// until <see cref="FinishReason"/> says why the sequence ended. Everything that decides the next token (prompt, options, random numbers,
/// cache) belongs to the sequence, so its tokens do not depend on what else is in the batch. Not safe for use by several threads at once.
/// </summary>
public sealed class GenerationSequence : IDisposable
{
    private readonly ILanguageModel _model;
    private readonly int _tokenCount;
    private readonly GenerationOptions _options;
    private readonly IReadOnlySet<int> _stopIds;
    private readonly ILogitProcessor[] _processors;
    private readonly Sampler _sampler;
    private readonly LogProbabilityReader? _logProbabilities;
    private IKvCache? _cache;
    private int _windowStart; // position in the history of the first token that the cache holds
    private int _computed; // position in the history up to which tokens are in the cache
    private bool _disposed;

    /// <summary>Begins a sequence.</summary>
    /// <param name="model">Computes what may follow; its cache for this sequence is made when it is first needed.</param>
    /// <param name="prompt">Token ids, at least one, no more than the context holds.</param>
    /// <param name="options">How to draw; copied. <see cref="GenerationOptions.StopTokens"/> and
    /// <see cref="GenerationOptions.StopStrings"/> are text, which <see cref="TextSequence"/> looks after.</param>
    /// <param name="stopIds">Ids that end the sequence; null for none.</param>
    /// <exception cref="ArgumentException">The prompt is empty, too long or holds an id outside the vocabulary, or the options are not
    /// sound or name such an id: the message lists every problem.</exception>
    public GenerationSequence(ILanguageModel model, ReadOnlySpan<int> prompt, GenerationOptions options, IReadOnlySet<int>? stopIds = null)
        : this(model, prompt, options, stopIds, model?.VocabSize ?? 0)
    {
    }

    /// <summary>Begins a sequence of which only the first ids are drawn: a model may have more ids than there are tokens.</summary>
    internal GenerationSequence(
        ILanguageModel model, ReadOnlySpan<int> prompt, GenerationOptions options, IReadOnlySet<int>? stopIds, int tokenCount)
    {
        Check(model, prompt, options);
        _model = model;
        _tokenCount = tokenCount;
        _options = options with { };
        _stopIds = stopIds ?? new HashSet<int>();
        _processors = LogitProcessors.For(options);
        Seed = options.Seed ?? (ulong)Random.Shared.NextInt64();
        _sampler = new Sampler(options, new SeededRandom(Seed));
        if (options.LogProbabilities is int alternatives) _logProbabilities = new LogProbabilityReader(alternatives, model.VocabSize);
        History = new TokenHistory(prompt);
    }

    /// <summary>The prompt and what was generated.</summary>
    public TokenHistory History { get; }

    /// <summary>Number of tokens generated.</summary>
    public int NewTokens => History.Length - History.PromptLength;

    /// <summary>The seed in use: the options' own, or the one that was picked.</summary>
    public ulong Seed { get; }

    /// <summary>Why the sequence ended, or null while it goes on.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>
    /// The sequence's cache and what has to go through the model next: the whole prompt, the token drawn last, or where the
    /// context overflowed its newest half. Valid until the next <see cref="Accept"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The sequence has ended.</exception>
    public DecodingInput Pending
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (FinishReason is not null)
                throw new InvalidOperationException($"The sequence has ended ({FinishReason}): nothing is left to compute.");
            _cache ??= _model.CreateCache();
            if (_computed == _windowStart) _cache.Truncate(0);
            return new DecodingInput(_cache, History.From(_computed));
        }
    }

    /// <summary>Draws the next token.</summary>
    /// <param name="logits">What the model gave for <see cref="Pending"/>, (vocab_size); changed in place by the processors.</param>
    /// <returns>The token, with the reason to end where it is the last one. A stop token is an element of its own.</returns>
    /// <exception cref="ArgumentException">There are not vocab_size logits, one is NaN or positive infinity, or all are negative
    /// infinity.</exception>
    /// <exception cref="InvalidOperationException">The sequence has ended.</exception>
    public GeneratedToken Accept(Span<float> logits)
    {
        if (FinishReason is not null)
            throw new InvalidOperationException($"The sequence has ended ({FinishReason}): it takes no more tokens.");
        if (logits.Length != _model.VocabSize)
            throw new ArgumentException($"{logits.Length} logits were given, but vocab_size is {_model.VocabSize}.");
        logits[_tokenCount..].Fill(float.NegativeInfinity); // ids that are no tokens
        _logProbabilities?.Take(logits);
        foreach (ILogitProcessor processor in _processors) processor.Process(History, logits);
        int id = _sampler.Sample(logits);

        _computed = History.Length;
        History.Add(id);
        bool full = _computed - _windowStart >= _model.ContextLength;
        FinishReason =
            _stopIds.Contains(id) ? Inference.FinishReason.StopToken
            : NewTokens == _options.MaxNewTokens ? Inference.FinishReason.MaxNewTokens
            : full && _options.ContextOverflow == ContextOverflow.Stop ? Inference.FinishReason.ContextFull
            : null;
        if (full) _windowStart = _computed = History.Length - (_model.ContextLength + 1) / 2;
        return new GeneratedToken(id, FinishReason, _logProbabilities?.Of(id));
    }

    /// <summary>Tells what the constructor would refuse, for callers that begin the sequence later.</summary>
    /// <inheritdoc cref="GenerationSequence(ILanguageModel, ReadOnlySpan{int}, GenerationOptions, IReadOnlySet{int}?)" path="/exception"/>
    internal static void Check(ILanguageModel model, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        GenerationProblems.Throw(GenerationProblems.Find(options, prompt, model.VocabSize, model.ContextLength));
    }

    /// <summary>Ends the sequence although no token ended it: the text has come to a stop string, or the caller has had enough.</summary>
    internal void Finish(FinishReason reason) => FinishReason = reason;

    /// <summary>Gives the cache back.</summary>
    public void Dispose()
    {
        _disposed = true;
        _cache?.Dispose();
        _cache = null;
    }
}
