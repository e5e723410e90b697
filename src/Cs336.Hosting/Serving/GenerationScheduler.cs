using System.Diagnostics;
using Cs336.Inference;
using Cs336.Tokenizers;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>
/// The thread of a <see cref="GenerationService"/>, and the queue that it takes requests from: those that have begun advance together, one
/// token each in a pass of the model, which each joins and leaves between two passes.
/// </summary>
internal sealed class GenerationScheduler
{
    private readonly ITokenizer _tokenizer;
    private readonly GenerationServiceOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GenerationMeter _meter;
    private readonly Lock _lock = new();
    private readonly FairQueue<Generation> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Task _work;
    private readonly List<Generation> _active = []; // the thread's alone
    private ServedModel _model;
    private int _activeCount;
    private bool _stopped;

    /// <summary>Starts the thread.</summary>
    public GenerationScheduler(ITokenizer tokenizer, ILanguageModel model, GenerationServiceOptions options, TimeProvider time, ILogger logger, GenerationMeter meter)
    {
        (_tokenizer, _model, _options, _time, _logger, _meter) = (tokenizer, new ServedModel(model), options, time, logger, meter);
        // One thread for all, because a native backend keeps its worker threads by calling thread.
        _work = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public GenerationServiceStatus Status
    {
        get
        {
            lock (_lock) return new GenerationServiceStatus(_queue.Count, _options.QueueCapacity, _activeCount, _options.MaxConcurrentSequences);
        }
    }

    /// <summary>The model of requests that begin now.</summary>
    /// <exception cref="ObjectDisposedException">The thread has stopped.</exception>
    public ILanguageModel Model
    {
        get
        {
            lock (_lock)
            {
                ThrowIfStopped();
                return _model.Model;
            }
        }
    }

    /// <summary>Lets a request wait for its turn.</summary>
    /// <exception cref="GenerationQueueFullException">Too many wait.</exception>
    /// <exception cref="ObjectDisposedException">The thread has stopped.</exception>
    public void Add(Generation generation)
    {
        int waiting;
        lock (_lock)
        {
            ThrowIfStopped();
            RemoveWhatNeedsNoTurn();
            int ofCaller = _queue.CountOf(generation.Caller), capacityOfCaller = _options.QueueCapacityPerCaller ?? int.MaxValue;
            if (_queue.Count >= _options.QueueCapacity || ofCaller >= capacityOfCaller)
            {
                bool isCallers = ofCaller >= capacityOfCaller;
                (int length, int capacity) = isCallers ? (ofCaller, capacityOfCaller) : (_queue.Count, _options.QueueCapacity);
                _logger.RequestRefused(length, capacity);
                _meter.CountRefused();
                throw new GenerationQueueFullException(length, capacity, isCallers);
            }
            _queue.Add(generation.Caller, generation);
            waiting = _queue.Count;
        }
        _logger.RequestQueued(generation.PromptIds.Length, waiting);
        _wake.Set();
    }

    /// <summary>Lets requests that begin from now on use another model, and returns the one before.</summary>
    /// <exception cref="ObjectDisposedException">The thread has stopped.</exception>
    public ServedModel Replace(ILanguageModel model)
    {
        lock (_lock)
        {
            ThrowIfStopped();
            ServedModel previous = _model;
            _model = new ServedModel(model);
            previous.Replace();
            return previous;
        }
    }

    /// <summary>Stops at the next token; requests that have not ended get an <see cref="ObjectDisposedException"/>. Once only.</summary>
    public async Task StopAsync()
    {
        lock (_lock) _stopped = true;
        _wake.Set();
        await _work.ConfigureAwait(false);
        _wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_stopped) break;
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

    private void ThrowIfStopped()
    {
        if (_stopped) throw new ObjectDisposedException(nameof(GenerationService), "The service has stopped.");
    }
}
