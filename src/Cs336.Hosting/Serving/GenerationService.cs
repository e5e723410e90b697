using System.Diagnostics;
using System.Runtime.CompilerServices;
using Cs336.Inference;
using Cs336.Tokenizers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cs336.Hosting;

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
    private readonly ILogger _logger;
    private readonly GenerationMeter _meter;
    private readonly PromptReader _prompts;
    private readonly Lock _lock = new();
    private readonly FairQueue<Generation> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Task _work;
    private readonly List<Generation> _active = []; // the service's thread alone
    private ServedModel _model;
    private int _activeCount;
    private bool _disposed;

    /// <summary>Begins to serve.</summary>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    /// <param name="model">The language model; stays its owner's, who disposes it after the service.</param>
    /// <param name="options">What to take on at most; null for the defaults. Read once.</param>
    /// <param name="defaults">How to draw where a request does not say; null for the defaults of <see cref="GenerationOptions"/>.</param>
    /// <param name="observers">Who looks on; null for nobody.</param>
    /// <exception cref="ArgumentException">The options are not sound; the message lists every problem.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    public GenerationService(
        ITokenizer tokenizer, ILanguageModel model, GenerationServiceOptions? options = null, GenerationOptions? defaults = null, GenerationObservers? observers = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new GenerationServiceOptions();
        Defaults = defaults ?? new GenerationOptions();
        List<string> problems = [.. _options.FindProblems(), .. Defaults.FindProblems()];
        if (Defaults.MaxNewTokens > _options.MaxNewTokens)
            problems.Add($"max_new_tokens is {Defaults.MaxNewTokens} where a request does not say, but GenerationServiceOptions.MaxNewTokens is {_options.MaxNewTokens}: raise this or lower that.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _tokenizer = tokenizer;
        CheckVocabulary(model);
        _model = new ServedModel(model);
        observers ??= new GenerationObservers();
        _time = observers.Time;
        _logger = observers.Logger ?? NullLogger.Instance;
        _meter = new GenerationMeter(observers.MeterFactory, observers.ModelName, () => Status);
        _prompts = new PromptReader(tokenizer, _options);
        // One thread for all, because a native backend keeps its worker threads by calling thread.
        _work = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>How texts are drawn where a request does not say; <c>Defaults with { ... }</c> changes a part of it.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer => _tokenizer;

    /// <summary>What the service is doing.</summary>
    public GenerationServiceStatus Status
    {
        get
        {
            lock (_lock) return new GenerationServiceStatus(_queue.Count, _options.QueueCapacity, _activeCount, _options.MaxConcurrentSequences);
        }
    }

    /// <summary>
    /// Queues a request and streams its text in pieces that never split a character. The call itself checks and queues the
    /// request; leaving the enumeration, or cancelling, frees its place at the next token.
    /// </summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <returns>The pieces, once; the last carries the finish reason.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or too long, an option is not sound or over a limit: the message lists every problem.</exception>
    /// <exception cref="GenerationQueueFullException">Too many requests wait.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public IAsyncEnumerable<GeneratedText> StreamAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        ReadAsync(Submit(request, cancellationToken), cancellationToken);

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
        ServedModel previous;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            previous = _model;
            _model = new ServedModel(model);
            previous.Replace();
        }
        _logger.ModelReplaced();
        await previous.Unused.WaitAsync(cancellationToken).ConfigureAwait(false);
        return previous.Model;
    }

    /// <summary>Stops at the next token; requests that have not ended get an <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        _wake.Set();
        await _work.ConfigureAwait(false);
        _wake.Dispose();
        _meter.Dispose();
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private Generation Submit(GenerationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        ILanguageModel model;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            model = _model.Model;
        }
        GenerationOptions options = (request.Options ?? Defaults) with { };
        int[] promptIds = _prompts.Read(request, options, model);
        long now = _time.GetTimestamp();
        long deadline = now + (long)((request.TimeLimit ?? _options.TimeLimit).TotalSeconds * _time.TimestampFrequency);
        Generation generation = new(request, promptIds, options, now, deadline, cancellationToken);
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            _logger.Prompt(request.Prompt ?? _tokenizer.Decode(promptIds));
            generation.Transcript = [];
        }

        int waiting;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            RemoveWhatNeedsNoTurn();
            int ofCaller = _queue.CountOf(request.Caller), capacityOfCaller = _options.QueueCapacityPerCaller ?? int.MaxValue;
            if (_queue.Count >= _options.QueueCapacity || ofCaller >= capacityOfCaller)
            {
                bool isCallers = ofCaller >= capacityOfCaller;
                (int length, int capacity) = isCallers ? (ofCaller, capacityOfCaller) : (_queue.Count, _options.QueueCapacity);
                _logger.RequestRefused(length, capacity);
                _meter.CountRefused();
                throw new GenerationQueueFullException(length, capacity, isCallers);
            }
            _queue.Add(request.Caller, generation);
            waiting = _queue.Count;
        }
        _logger.RequestQueued(promptIds.Length, waiting);
        _wake.Set();
        return generation;
    }

    private static async IAsyncEnumerable<GeneratedText> ReadAsync(Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (GeneratedText piece in generation.Pieces.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return piece;
        }
        finally
        {
            generation.Abandon();
        }
    }

    private void Run()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_disposed) break;
            }
            Admit();
            if (_active.Count == 0) _wake.WaitOne();
            else Step();
        }
        lock (_lock) _active.AddRange(_queue.RemoveAll(_ => true));
        foreach (Generation generation in _active.ToArray()) End(generation, "stopped", new ObjectDisposedException(nameof(GenerationService), "The service has stopped."));
    }

    /// <summary>Lets those who wait take the free places.</summary>
    private void Admit()
    {
        List<Generation> admitted = [];
        lock (_lock)
        {
            RemoveWhatNeedsNoTurn();
            while (_queue.Count > 0 && _active.Count + admitted.Count < _options.MaxConcurrentSequences)
            {
                Generation generation = _queue.Take();
                generation.Model = _model;
                _model.Begin();
                admitted.Add(generation);
            }
            _activeCount = _active.Count + admitted.Count;
        }
        _active.AddRange(admitted);
        foreach (Generation generation in admitted)
        {
            try
            {
                generation.Text = new TextSequence(_tokenizer, generation.Model!.Model, generation.PromptIds, generation.Options);
                _ = generation.Text.Tokens.Pending; // takes the cache's memory: where there is none, this request fails and no other
                _meter.CountPrompt(generation.PromptIds.Length);
            }
            catch (Exception exception)
            {
                End(generation, "failed", exception);
            }
        }
    }

    /// <summary>Advances every text by one token. After a change of models those of the old one have a pass of their own.</summary>
    private void Step()
    {
        foreach (Generation generation in _active.ToArray())
        {
            if (generation.IsCancelled) End(generation, "cancelled", generation.Cancelled());
            else if (_time.GetTimestamp() >= generation.Deadline) EndAtDeadline(generation);
        }
        foreach (IGrouping<ServedModel, Generation> group in _active.GroupBy(generation => generation.Model!).ToArray()) Advance(group.Key, [.. group]);
    }

    private void Advance(ServedModel model, Generation[] generations)
    {
        try
        {
            model.Batch.Forward([.. generations.Select(generation => generation.Text!.Tokens)]);
        }
        catch (Exception exception)
        {
            _logger.PassFailed(exception, generations.Length);
            foreach (Generation generation in generations) End(generation, "failed", exception);
            return;
        }
        int drawn = 0;
        for (int i = 0; i < generations.Length; i++)
        {
            Generation generation = generations[i];
            try
            {
                GeneratedText piece = generation.Text!.Accept(model.Batch.Logits(i));
                drawn++;
                if (generation.NewTokens == 1) _meter.RecordFirstToken(_time.GetElapsedTime(generation.BegunAt));
                generation.Write(piece);
                if (piece.FinishReason is FinishReason reason) End(generation, OutcomeOf(reason));
            }
            catch (Exception exception) // a logit processor of the request, or a model that has diverged
            {
                End(generation, "failed", exception);
            }
        }
        _meter.CountTokens(drawn);
    }

    private void EndAtDeadline(Generation generation)
    {
        generation.Write(generation.Text?.End(FinishReason.TimeLimit) ?? new GeneratedText("", FinishReason.TimeLimit) { PromptTokens = generation.PromptIds.Length });
        End(generation, OutcomeOf(FinishReason.TimeLimit));
    }

    /// <summary>Takes those out of the queue who have gone or whose time is over; call under the lock.</summary>
    private void RemoveWhatNeedsNoTurn()
    {
        long now = _time.GetTimestamp();
        foreach (Generation generation in _queue.RemoveAll(generation => generation.IsCancelled || now >= generation.Deadline))
        {
            if (generation.IsCancelled) End(generation, "cancelled", generation.Cancelled());
            else EndAtDeadline(generation);
        }
    }

    private void End(Generation generation, string outcome, Exception? exception = null)
    {
        if (generation.Model is not null)
        {
            _active.Remove(generation);
            lock (_lock)
            {
                generation.Model.End();
                _activeCount = _active.Count;
            }
        }
        TimeSpan elapsed = _time.GetElapsedTime(generation.BegunAt);
        _meter.RecordEnd(outcome, elapsed);
        _logger.RequestEnded(generation.NewTokens, generation.PromptIds.Length, Math.Round(elapsed.TotalSeconds, 3), outcome);
        if (generation.Transcript is not null) _logger.Completion(string.Concat(generation.Transcript));
        RecordActivity(generation, outcome, elapsed);
        generation.Complete(exception);
    }

    private static void RecordActivity(Generation generation, string outcome, TimeSpan elapsed)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow;
        using Activity? activity = Cs336Telemetry.Source.StartActivity("cs336.generate", ActivityKind.Internal, generation.Parent, startTime: end - elapsed);
        if (activity is null) return;
        activity.SetTag("cs336.outcome", outcome);
        activity.SetTag("cs336.prompt_tokens", generation.PromptIds.Length);
        activity.SetTag("cs336.new_tokens", generation.NewTokens);
    }

    private static string OutcomeOf(FinishReason reason) => reason switch
    {
        FinishReason.StopToken => "stop_token",
        FinishReason.StopString => "stop_string",
        FinishReason.MaxNewTokens => "max_new_tokens",
        FinishReason.ContextFull => "context_full",
        FinishReason.TimeLimit => "time_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no such reason."),
    };

    private void CheckVocabulary(ILanguageModel model)
    {
        if (_tokenizer.VocabSize != model.VocabSize)
            throw new InvalidOperationException($"The tokenizer has {_tokenizer.VocabSize} tokens, but the model's vocab_size is {model.VocabSize}: use the tokenizer that the model was trained with.");
    }
}
