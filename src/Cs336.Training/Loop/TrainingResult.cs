namespace Cs336.Training;

/// <summary>What a sitting of training came to.</summary>
/// <param name="Outcome">Why it ended.</param>
/// <param name="Step">Steps done since the run began.</param>
/// <param name="Evaluation">The last validation, or null where there was none.</param>
public sealed record TrainingResult(TrainingOutcome Outcome, long Step, Evaluation? Evaluation)
{
    /// <summary>The best validation of the run, or null where there was none.</summary>
    public BestEvaluation? Best { get; init; }

    /// <summary>Steps of the whole run that diverged and whose updates were left out: see <see cref="DivergenceAction.Skip"/>.</summary>
    public long SkippedSteps { get; init; }

    /// <summary>
    /// What went wrong in this sitting without ending it, one sentence or two each, as <see cref="ITrainingCallback.OnWarning"/>
    /// was told; the first hundred.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
