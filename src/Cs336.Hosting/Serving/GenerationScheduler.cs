using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Hosting;

/// <summary>
/// The thread of a <see cref="GenerationService"/>, and the queue that it takes requests from: those that have begun advance together, one
/// token each in a pass of the model, which each joins and leaves between two passes. Whatever breaks the thread off ends the requests
/// that are there, and it begins again: nobody waits for a thread that is gone.
/// </summary>
internal sealed class GenerationScheduler
{
    private readonly GenerationServiceOptions _options;
    private readonly TimeProvider _time;
    private readonly GenerationTelemetry _telemetry;
    private readonly Lock _lock = new();
    private readonly FairQueue<Generation> _queue;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActiveGenerations _active;
    private ServedModel _model;
    private bool _stopped;

    /// <summary>Starts the thread.</summary>
    public GenerationScheduler(ITokenizer tokenizer, ILanguageModel model, GenerationServiceOptions options, TimeProvider time, GenerationTelemetry telemetry)
    {
        (_model, _options, _time, _telemetry) = (new ServedModel(model), options, time, telemetry);
        _queue = new FairQueue<Generation>(options.MaxCallers);
        _active = new ActiveGenerations(tokenizer, time, telemetry);
        // One thread for all, because a native backend keeps its worker threads by calling thread. It outlives whoever happens to make
        // the service, and so takes over neither his activity nor his request.
        new Thread(Run) { Name = "Cs336 generation", IsBackground = true }.UnsafeStart();
    }

    public GenerationServiceStatus Status
    {
        get
        {
            lock (_lock)
                return new GenerationServiceStatus(_queue.Count, _options.QueueCapacity, _active.Count, _options.MaxConcurrentSequences) { FailedPasses = _active.FailedPasses, Fault = _active.Fault };
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
        GenerationQueueFullException? refusal;
        int waiting;
        long now = _time.GetTimestamp();
        List<Generation> over;
        lock (_lock)
        {
            ThrowIfStopped();
            over = TakeWhatIsOver(now);
            refusal = FindRefusal(generation.Caller);
            if (refusal is null) _queue.Add(generation.Caller, generation);
            waiting = _queue.Count;
        }
        EndWhatIsOver(over);
        if (refusal is not null)
        {
            _telemetry.Refused(refusal.QueueLength, refusal.QueueCapacity);
            throw refusal;
        }
        _telemetry.Queued(generation, waiting);
        lock (_lock)
        {
            if (!_stopped) _wake.Set(); // a thread that stops ends the request itself
        }
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
        lock (_lock)
        {
            _stopped = true;
            _wake.Set();
        }
        await _ended.Task.ConfigureAwait(false);
        _wake.Dispose();
    }

    private void Run()
    {
        Exception? fault = null;
        for (bool goesOn = true; goesOn;)
        {
            try
            {
                if (fault is not null) BeginAgain(fault);
                fault = null;
                while (!Volatile.Read(ref _stopped))
                {
                    Admit();
                    if (_active.Count == 0) _wake.WaitOne();
                    else _active.Step();
                }
                EndAll("stopped", new ObjectDisposedException(nameof(GenerationService), "The service has stopped."));
                goesOn = false;
            }
            catch (Exception exception)
            {
                fault = exception;
            }
        }
        _ended.SetResult();
    }

    private void BeginAgain(Exception fault)
    {
        _active.Fault = fault;
        _wake.Reset(); // of those who are there, and end now
        EndAll("failed", fault);
        _telemetry.ThreadFailed(fault);
        // With nobody there, what is still broken shall not break the thread off again and again.
        if (!Volatile.Read(ref _stopped)) _wake.WaitOne();
    }

    private void EndAll(string outcome, Exception exception)
    {
        List<Generation> waiting;
        lock (_lock) waiting = _queue.RemoveAll(_ => true);
        foreach (Generation generation in waiting) _active.End(generation, outcome, exception);
        _active.EndAll(outcome, exception);
    }

    /// <summary>Lets those who wait take the free places.</summary>
    private void Admit()
    {
        long now = _time.GetTimestamp();
        List<Generation> over, admitted = [];
        lock (_lock)
        {
            over = TakeWhatIsOver(now);
            while (_queue.Count > 0 && _active.Count < _options.MaxConcurrentSequences)
            {
                Generation generation = _queue.Take();
                _active.Add(generation, _model);
                admitted.Add(generation);
            }
        }
        EndWhatIsOver(over);
        foreach (Generation generation in admitted) _active.Begin(generation);
    }

    private GenerationQueueFullException? FindRefusal(string caller)
    {
        int ofCaller = _queue.CountOf(caller), capacityOfCaller = _options.QueueCapacityPerCaller ?? int.MaxValue;
        return ofCaller >= capacityOfCaller ? new GenerationQueueFullException(ofCaller, capacityOfCaller, ofCaller: true)
            : _queue.Count >= _options.QueueCapacity ? new GenerationQueueFullException(_queue.Count, _options.QueueCapacity, ofCaller: false)
            : null;
    }

    /// <summary>Takes those out of the queue who have gone or whose time is over; call under the lock.</summary>
    private List<Generation> TakeWhatIsOver(long now) => _queue.RemoveAll(generation => generation.IsCancelled || now >= generation.Deadline);

    /// <summary>Answers them; call outside the lock, for others are told of it.</summary>
    private void EndWhatIsOver(List<Generation> generations)
    {
        foreach (Generation generation in generations)
        {
            if (generation.IsCancelled) _active.End(generation, "cancelled", generation.Cancelled());
            else _active.EndAtDeadline(generation);
        }
    }

    private void ThrowIfStopped()
    {
        if (_stopped) throw new ObjectDisposedException(nameof(GenerationService), "The service has stopped.");
    }
}
