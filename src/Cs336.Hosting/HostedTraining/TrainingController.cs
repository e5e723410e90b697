using Cs336.Parts;
using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>
/// Runs a training on the one thread that calls <see cref="Run"/>, in sittings: each begins with a start and ends when the training
/// is stopped, completed or faulted. Other threads only set events: <c>_wanted</c> and <c>_notPaused</c>.
/// </summary>
internal sealed class TrainingController : ITrainingController, IProgress<TrainingMetrics>, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly string? _name;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ProgressBroadcast _progress;
    private readonly HostedTrainer _trainer;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _wanted = new();
    private readonly ManualResetEventSlim _notPaused = new(initialState: true);
    private readonly ManualResetEventSlim _ended = new(initialState: true);
    private readonly CancellationTokenSource _disposing = new();
    private CancellationTokenSource? _sitting;

    public TrainingController(IServiceProvider services, string? name)
    {
        _services = services;
        _name = name;
        _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        string category = name is null ? "Cs336.Hosting.Training" : $"Cs336.Hosting.Training.{name}";
        _logger = new GuardedLogger(services.GetService<ILoggerFactory>()?.CreateLogger(category) ?? NullLogger.Instance);
        _trainer = new HostedTrainer(services, name, _logger);
        _progress = new ProgressBroadcast(new TrainingStatus(TrainingState.Idle, 0, null, _time.GetUtcNow(), null));
    }

    public TrainingStatus Status => _progress.Latest;

    /// <inheritdoc cref="HostedTrainer.IsMakingParts"/>
    public bool IsMakingParts => _trainer.IsMakingParts;

    // Not read in the constructor, where options that are not sound would throw: the host's start tells of all of them at once.
    private HostedTrainingOptions Settings => _services.GetPartOptions<HostedTrainingOptions>(_name);

    private bool IsUnderWay =>
        Status.State is TrainingState.Preparing or TrainingState.Running or TrainingState.Paused or TrainingState.Retrying;

    public void Start()
    {
        lock (_lock)
        {
            if (Status.State != TrainingState.Completed && _sitting is null) _wanted.Set();
        }
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!IsUnderWay) return;
            _notPaused.Reset();
        }
        await foreach (TrainingStatus status in ReadProgressAsync(cancellationToken).ConfigureAwait(false))
            if (status.State is TrainingState.Paused || !IsUnderWay) return;
    }

    public void Resume() => _notPaused.Set();

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _wanted.Reset();
            if (_sitting is null) return;
            _sitting.Cancel();
        }
        await foreach (TrainingStatus _ in ReadProgressAsync(cancellationToken).ConfigureAwait(false))
            if (!IsUnderWay) return;
    }

    public void Dispose() => _trainer.Dispose();

    public IAsyncEnumerable<TrainingStatus> ReadProgressAsync(CancellationToken cancellationToken) =>
        _progress.ReadAsync(cancellationToken);

    /// <summary>Trains whenever that is wanted, until the host stops.</summary>
    public void Run(CancellationToken hostStops)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(hostStops, _disposing.Token);
        CancellationToken stopping = either.Token;
        _ended.Reset();
        if (Settings.StartWithHost) _wanted.Set();
        try
        {
            while (Wait(_wanted, stopping))
            {
                using CancellationTokenSource sitting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                lock (_lock)
                {
                    if (!_wanted.IsSet) continue;
                    _wanted.Reset();
                    _notPaused.Set();
                    _sitting = sitting;
                }
                Sit(sitting.Token);
            }
        }
        finally
        {
            _progress.End();
            _ended.Set();
        }
    }

    /// <summary>Ends <see cref="Run"/> and waits until it has returned.</summary>
    public void WaitForEnd()
    {
        _disposing.Cancel();
        if (_ended.IsSet) return;
        _logger.ShutdownWaits();
        _ended.Wait();
    }

    /// <summary>Called after each step, on the training's thread: a pause holds it up here.</summary>
    public void Report(TrainingMetrics metrics)
    {
        _logger.StepDone(metrics.Step, metrics.Loss, metrics.LearningRate, metrics.GradientNorm, metrics.TokensPerSecond);
        if (metrics.ValidationLoss is double loss) _logger.Validated(metrics.Step, loss, metrics.ValidationBitsPerByte);
        _progress.Publish(new TrainingStatus(TrainingState.Running, metrics.Step, metrics, _time.GetUtcNow(), null));
        WaitWhilePaused(_sitting!.Token);
    }

    private void Sit(CancellationToken cancellationToken)
    {
        using GuardedActivity activity = new("cs336.training.sitting");
        activity.SetTag("cs336.name", _name);
        TrainingState end = TrainingState.Stopped;
        Exception? fault = null;
        long faultedAt = -1;
        for (int retry = 1; ; retry++)
        {
            try
            {
                end = Train(cancellationToken, activity);
                fault = null;
                break;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                end = TrainingState.Stopped;
                break;
            }
            catch (Exception exception)
            {
                fault = exception;
                _trainer.RestoreNextTime();
                if (Status.Step > faultedAt) retry = 1;
                faultedAt = Math.Max(faultedAt, Status.Step);
                end = TrainingState.Faulted;
                if (retry > Settings.Retries || !_trainer.CanGoBack(Status.Step)) break;
                _logger.TrainingRetries(exception, Status.Step, retry, Settings.Retries, Settings.RetryDelay);
                Publish(TrainingState.Retrying, fault);
                if (!cancellationToken.WaitHandle.WaitOne(Settings.RetryDelay)) continue;
                end = TrainingState.Stopped;
                break;
            }
        }
        activity.SetTag("cs336.training.last_step", Status.Step);
        if (fault is not null) activity.Fail(fault.Message);
        End(end, fault);
    }

    private TrainingState Train(CancellationToken cancellationToken, GuardedActivity activity)
    {
        if (!_trainer.IsMade)
        {
            Publish(TrainingState.Preparing, null);
            _trainer.Make(Settings.Prepare, cancellationToken);
        }
        _trainer.Restore();
        activity.SetTag("cs336.training.first_step", _trainer.Step);
        _logger.TrainingBegins(_trainer.Step);
        Publish(TrainingState.Running, null);
        WaitWhilePaused(cancellationToken);
        TrainingResult result = _trainer.Run(this, cancellationToken);
        _logger.TrainingEnded(result.Step, result.Outcome.ToString(), result.SkippedSteps);
        return result.Outcome == TrainingOutcome.Cancelled ? TrainingState.Stopped : TrainingState.Completed;
    }

    private void WaitWhilePaused(CancellationToken cancellationToken)
    {
        if (_notPaused.IsSet) return;
        _logger.TrainingPaused(Status.Step);
        Publish(TrainingState.Paused, null);
        if (!Wait(_notPaused, cancellationToken)) return;
        _logger.TrainingGoesOn(Status.Step);
        Publish(TrainingState.Running, null);
    }

    private void End(TrainingState state, Exception? fault)
    {
        lock (_lock)
        {
            _sitting = null;
            Publish(state, fault);
        }
        if (state != TrainingState.Faulted) return;
        _logger.TrainingFaulted(fault!, Status.Step, Settings.WhenFaulted.ToString());
        if (Settings.WhenFaulted != FaultPolicy.StopHost) return;
        Environment.ExitCode = 1;
        _services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
    }

    private void Publish(TrainingState state, Exception? fault) =>
        _progress.Publish(Status with { State = state, Step = _trainer.Step, ChangedAt = _time.GetUtcNow(), Fault = fault });

    /// <summary>Whether the event was set before the cancellation came.</summary>
    private static bool Wait(ManualResetEventSlim happened, CancellationToken cancellationToken)
    {
        try
        {
            happened.Wait(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
