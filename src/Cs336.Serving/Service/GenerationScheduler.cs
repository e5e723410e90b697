using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Serving;

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
    private readonly FairQueue<PendingGeneration> _queue;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActiveGenerations _active;
    private ServedModel _model;
    private bool _stopped;

    /// <summary>Starts the thread.</summary>
    public GenerationScheduler(
        ITokenizer tokenizer, ILanguageModel model, GenerationServiceOptions options, TimeProvider time, GenerationTelemetry telemetry)
    {
        (_model, _options, _time, _telemetry) = (new ServedModel(model), options, time, telemetry);
        _queue = new FairQueue<PendingGeneration>(options.MaxCallers);
        _active = new ActiveGenerations(tokenizer, time, telemetry);
        // One thread for all, because a native backend keeps its worker threads by calling thread. It outlives the code that happens to
        // make the service, and so takes over neither that code's activity nor its request.
        new Thread(Run) { Name = "Cs336 generation", IsBackground = true }.UnsafeStart();
    }

    public GenerationServiceStatus Status
    {
        get
        {
            lock (_lock)
            {
                return new GenerationServiceStatus(_queue.Count, _options.QueueCapacity, _active.Count, _options.MaxConcurrentRequests)
                {
                    FailedPasses = _active.FailedPasses, Fault = _active.Fault, IsStalled = _active.PassTime > _options.StallTimeout,
                };
            }
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
    public void Add(PendingGeneration generation)
    {
        GenerationQueueFullException? refusal;
        int waiting;
        long now = _time.GetTimestamp();
        List<PendingGeneration> ended;
        lock (_lock)
        {
            ThrowIfStopped();
            ended = TakeCancelledAndOverdue(now);
            refusal = FindRefusal(generation.Caller);
            if (refusal is null) _queue.Add(generation.Caller, generation);
            waiting = _queue.Count;
        }
        EndCancelledAndOverdue(ended);
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
        _wake.Reset(); // it was set for the requests that end here
        EndAll("failed", fault);
        _telemetry.ThreadFailed(fault);
        // What has broken the thread off, a clock say, may fail again at once. The thread waits for a request, so as not to fail in a loop.
        if (!Volatile.Read(ref _stopped)) _wake.WaitOne();
    }

    private void EndAll(string outcome, Exception exception)
    {
        List<PendingGeneration> waiting;
        lock (_lock) waiting = _queue.RemoveAll(_ => true);
        foreach (PendingGeneration generation in waiting) _active.End(generation, outcome, exception);
        _active.EndAll(outcome, exception);
    }

    /// <summary>Lets those who wait take the free places.</summary>
    private void Admit()
    {
        long now = _time.GetTimestamp();
        List<PendingGeneration> ended, admitted = [];
        lock (_lock)
        {
            ended = TakeCancelledAndOverdue(now);
            while (_queue.Count > 0 && _active.Count < _options.MaxConcurrentRequests)
            {
                PendingGeneration generation = _queue.Take();
                _active.Add(generation, _model);
                admitted.Add(generation);
            }
        }
        EndCancelledAndOverdue(ended);
        foreach (PendingGeneration generation in admitted) _active.Begin(generation);
    }

    private GenerationQueueFullException? FindRefusal(string caller)
    {
        int ofCaller = _queue.CountOf(caller), capacityOfCaller = _options.QueueCapacityPerCaller ?? int.MaxValue;
        return ofCaller >= capacityOfCaller ? new GenerationQueueFullException(ofCaller, capacityOfCaller, ofCaller: true)
            : _queue.Count >= _options.QueueCapacity
                ? new GenerationQueueFullException(_queue.Count, _options.QueueCapacity, ofCaller: false)
            : null;
    }

    /// <summary>Takes the requests out of the queue that were cancelled or have passed their time limit; call under the lock.</summary>
    private List<PendingGeneration> TakeCancelledAndOverdue(long now) =>
        _queue.RemoveAll(generation => generation.IsCancelled || now >= generation.Deadline);

    /// <summary>
    /// Answers the callers of requests that were taken; call outside the lock, because logs and listeners are told of it.
    /// </summary>
    private void EndCancelledAndOverdue(List<PendingGeneration> generations)
    {
        foreach (PendingGeneration generation in generations)
        {
            if (generation.IsCancelled) _active.End(generation, "cancelled", generation.MakeCancelledException());
            else _active.EndAtDeadline(generation);
        }
    }

    private void ThrowIfStopped()
    {
        if (_stopped) throw new ObjectDisposedException(nameof(GenerationService), "The service has stopped.");
    }
}
