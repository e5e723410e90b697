namespace Cs336.Hosting;

/// <summary>Controls the training of a host from code: from an endpoint, say. Every member may be called from any thread.</summary>
public interface ITrainingController
{
    /// <summary>Where the training stands now.</summary>
    TrainingStatus Status { get; }

    /// <summary>
    /// Starts the training, or goes on with it from where it was stopped or from its last checkpoint. Does nothing where it is under
    /// way or completed. It begins when the host has started.
    /// </summary>
    void Start();

    /// <summary>
    /// Halts the training after the step under way; what it holds in memory stays there. Does nothing where it is not under way.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting for the step; the pause stays asked for.</param>
    /// <returns>Completes when the training stands still.</returns>
    Task PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Goes on after a pause. Does nothing where there is none.</summary>
    void Resume();

    /// <summary>Ends the training after the step under way and saves a checkpoint, also out of a pause.</summary>
    /// <param name="cancellationToken">Gives up waiting; the training ends all the same.</param>
    /// <returns>Completes when the checkpoint is saved, and at once where the training is not under way.</returns>
    Task StopAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The training's status now, then after each step and each change of its state, until the host stops. Any number may read, each
    /// from its own beginning; one that falls behind by more than 1,024 loses the oldest, so that nobody slows the training down.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    IAsyncEnumerable<TrainingStatus> ReadProgressAsync(CancellationToken cancellationToken = default);
}
