using Cs336.Parts;
using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>
/// The trainer of the services as sittings use it: made before the first of them, brought to the last checkpoint before each that begins
/// anew, and told what changes in the configuration meanwhile. All but <see cref="IsMakingParts"/> is for the training's thread.
/// </summary>
internal sealed class HostedTrainer(IServiceProvider services, string? name, ILogger logger) : IDisposable
{
    private Cs336.Training.Trainer? _trainer;
    private IDisposable? _changes;
    private bool _isRestored;

    /// <summary>Whether the training's thread is making model, optimizer and so on, which nobody may free meanwhile.</summary>
    public bool IsMakingParts
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    /// <summary>Whether there is a trainer; before that it has to be made.</summary>
    public bool IsMade => _trainer is not null;

    /// <summary>Steps that were done.</summary>
    public long Step => _trainer?.Step ?? 0;

    private ICheckpointStore? Store => services.GetPart<ICheckpointStore>(name);

    /// <summary>Prepares and makes the trainer.</summary>
    /// <param name="prepare">What is to be done first, such as encoding a corpus; null for nothing.</param>
    /// <param name="cancellationToken">Gives up before parts are made.</param>
    public void Make(Func<IServiceProvider, CancellationToken, Task>? prepare, CancellationToken cancellationToken)
    {
        prepare?.Invoke(services, cancellationToken).GetAwaiter().GetResult();
        cancellationToken.ThrowIfCancellationRequested();
        IsMakingParts = true;
        try
        {
            Cs336.Training.Trainer trainer = services.GetRequiredPart<Cs336.Training.Trainer>(name);
            services.GetRequiredPart<ModelLifetimeGuard>(name);
            _trainer = trainer;
        }
        finally
        {
            IsMakingParts = false;
        }
        _changes = services.GetRequiredService<IOptionsMonitor<RunConfig>>().OnChange(TakeOver);
    }

    /// <summary>Goes back to the last checkpoint, unless the trainer stands where the last sitting left it.</summary>
    public void Restore()
    {
        if (!_isRestored && Store is not null) Resume();
        _isRestored = true;
    }

    /// <summary>Makes the next <see cref="Restore"/> go back to the last checkpoint: the training has failed.</summary>
    public void RestoreNextTime() => _isRestored = false;

    /// <summary>Whether a training that has failed at this step has something to go back to.</summary>
    public bool CanGoBack(long step)
    {
        try
        {
            return step == 0 || Store?.ListAsync().GetAwaiter().GetResult().Count > 0;
        }
        catch (Exception)
        {
            return true; // a store that cannot be asked now is asked again when the training resumes
        }
    }

    /// <summary>Trains to the end or the cancellation.</summary>
    public TrainingResult Run(IProgress<TrainingMetrics> progress, CancellationToken cancellationToken) =>
        _trainer!.Run(progress, cancellationToken);

    public void Dispose() => _changes?.Dispose();

    /// <summary>Hands the trainer what has changed in the configuration while it trains.</summary>
    private void TakeOver(RunConfig config, string? changed)
    {
        if (changed != (name ?? Options.DefaultName)) return;
        try
        {
            OptionsUpdate update = _trainer!.Update(config.Training);
            if (update.Taken.Count > 0) logger.OptionsTaken(string.Join(", ", update.Taken));
            if (update.NeedNewStart.Count > 0) logger.OptionsNeedNewStart(string.Join(", ", update.NeedNewStart));
        }
        catch (ArgumentException exception)
        {
            logger.ChangeRefused(exception.Message);
        }
    }

    private void Resume()
    {
        long before = _trainer!.Step;
        ResumeResult resumed = _trainer.Resume();
        foreach (string warning in resumed.Warnings) logger.CheckpointPassedOver(warning);
        if (resumed.Step == 0 && before > 0)
        {
            throw new InvalidOperationException(
                $"The training failed at step {before}, before its first checkpoint, so there is nothing to go back to: "
                + "lower CheckpointEvery, or start the program again.");
        }
    }
}
