using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Vocabularies;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cs336.Serving;

/// <summary>
/// Generates texts for many callers at once over one model: requests wait in a bounded queue in which callers take turns, and
/// those that have begun advance together, one token each in a pass of the model, which each joins and leaves between two passes. A
/// text is the one that its request gives alone. Safe for use by any number of threads; the model is used by the service's own
/// thread alone, and by nobody else meanwhile.
/// </summary>
public sealed class GenerationService : IAsyncDisposable, IDisposable
{
    private readonly ITokenizer _tokenizer;
    private readonly GenerationServiceOptions _options;
    private readonly TimeProvider _time;
    private readonly GenerationTelemetry _telemetry;
    private readonly PromptReader _prompts;
    private readonly GenerationScheduler _scheduler;
    private int _disposed;

    /// <summary>Begins to serve.</summary>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    /// <param name="model">The language model; stays its owner's, who disposes it after the service.</param>
    /// <param name="options">What to take on at most; null for the defaults. Read once.</param>
    /// <param name="defaults">How to draw where a request does not say; null for the defaults of <see cref="GenerationOptions"/>.</param>
    /// <param name="observers">Who looks on; null for nobody.</param>
    /// <exception cref="ArgumentException">The options are not sound; the message lists every problem.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    public GenerationService(
        ITokenizer tokenizer, ILanguageModel model,
        GenerationServiceOptions? options = null, GenerationOptions? defaults = null, GenerationObservers? observers = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new GenerationServiceOptions();
        Defaults = defaults ?? new GenerationOptions();
        GenerationServiceChecks.Throw(
        [
            .. GenerationServiceChecks.FindProblems(_options), .. Defaults.FindProblems(),
            .. GenerationServiceChecks.FindProblems(_options, Defaults),
        ]);
        _tokenizer = tokenizer;
        CheckVocabulary(model);
        observers ??= new GenerationObservers();
        _time = observers.Time;
        _prompts = new PromptReader(tokenizer, _options);
        GenerationMeter meter = new(observers.MeterFactory, observers.Name);
        _telemetry = new GenerationTelemetry(observers.Logger ?? NullLogger.Instance, meter, _time, observers.Name);
        _scheduler = new GenerationScheduler(tokenizer, model, _options, _time, _telemetry);
        meter.Observe(() => Status);
    }

    /// <summary>How texts are drawn where a request does not say; <c>Defaults with { ... }</c> changes a part of it.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer => _tokenizer;

    /// <summary>What the service is doing.</summary>
    public GenerationServiceStatus Status => _scheduler.Status;

    /// <summary>
    /// Queues a request and streams its text in pieces that never split a character. The call itself checks and queues the
    /// request; leaving the enumeration, or cancelling, frees its place at the next token.
    /// </summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <returns>The pieces, to be read once; the last carries the finish reason.</returns>
    /// <exception cref="ArgumentException">
    /// The prompt is empty or too long, an option is not sound or over a limit: the message lists every problem.
    /// </exception>
    /// <exception cref="GenerationQueueFullException">Too many requests wait.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="TimeoutException">
    /// The model has not come back (<see cref="GenerationServiceOptions.StallTimeout"/>); thrown while the text is read.
    /// </exception>
    public IAsyncEnumerable<GeneratedText> StreamAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        new GenerationReader(Submit(request, cancellationToken), _options.StallTimeout, _time, cancellationToken);

    /// <summary>Queues a request and gives its text when it is complete.</summary>
    /// <inheritdoc cref="StreamAsync" path="/param"/>
    /// <inheritdoc cref="StreamAsync" path="/exception"/>
    public async Task<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        List<GeneratedText> pieces = [];
        await foreach (GeneratedText piece in StreamAsync(request, cancellationToken).ConfigureAwait(false)) pieces.Add(piece);
        return GeneratedText.Join(pieces);
    }

    /// <summary>
    /// Goes over to another model, such as that of a newer checkpoint, without dropping a request: texts that have begun are
    /// finished by the model that began them, all others are the new one's.
    /// </summary>
    /// <param name="model">The new model, with the tokenizer's vocabulary.</param>
    /// <param name="cancellationToken">Ends the wait, not the change.</param>
    /// <returns>The model before, when the last of its texts has ended: its owner may then dispose it.</returns>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    public async Task<ILanguageModel> ReloadAsync(ILanguageModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckVocabulary(model);
        ServedModel previous = _scheduler.Replace(model);
        _telemetry.Replaced();
        await previous.Unused.WaitAsync(cancellationToken).ConfigureAwait(false);
        return previous.Model;
    }

    /// <summary>Stops at the next token; requests that have not ended get an <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _scheduler.StopAsync().ConfigureAwait(false);
        _telemetry.Dispose();
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private PendingGeneration Submit(GenerationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        GenerationOptions options = (request.Options ?? Defaults) with { };
        int[] promptIds = _prompts.Read(request, options, _scheduler.Model);
        long now = _time.GetTimestamp();
        long deadline = now + (long)((request.TimeLimit ?? _options.TimeLimit).TotalSeconds * _time.TimestampFrequency);
        PendingGeneration generation = new(request, promptIds, options, now, deadline, cancellationToken);
        _telemetry.Asked(generation, () => request.Prompt ?? _tokenizer.Decode(promptIds));
        _scheduler.Add(generation);
        return generation;
    }

    private void CheckVocabulary(ILanguageModel model)
    {
        if (!VocabularyFit.Fits(_tokenizer.VocabSize, model.VocabSize))
            throw new InvalidOperationException(VocabularyFit.Problem(_tokenizer.VocabSize, model.VocabSize));
    }
}
