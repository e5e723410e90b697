namespace Cs336.Training;

/// <summary>
/// The loss or the gradient is no longer a finite number, or the loss has run away. The model is as it was before the step. A metric
/// sink or a callback that throws it ends the run on purpose, whatever <see cref="TrainerOptions.OnObserverFailure"/> says.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found, and what to do.</param>
    /// <param name="innerException">The one that it came from; null for none.</param>
    public TrainingDivergedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether every rank has found the same, and ends with it.</summary>
    internal bool IsOfAllRanks { get; init; }
}
