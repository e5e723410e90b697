namespace Cs336.Training;

/// <summary>What the validations of a run came to.</summary>
/// <param name="Last">The last one; null before the first.</param>
/// <param name="Best">The best one; null where there was none with a finite loss.</param>
/// <param name="SinceBest">How many in a row were no better.</param>
internal readonly record struct ValidationHistory(Evaluation? Last, BestEvaluation? Best, int SinceBest)
{
    /// <summary>The history with one more.</summary>
    /// <param name="step">Number of steps done.</param>
    /// <param name="evaluation">What it came to.</param>
    /// <param name="minImprovement">By how many nats it must be below the best to count as better.</param>
    public ValidationHistory With(long step, Evaluation evaluation, double minImprovement)
    {
        bool isBetter = Best is null ? double.IsFinite(evaluation.Loss) : evaluation.Loss < Best.Loss - minImprovement;
        return isBetter ? new(evaluation, new BestEvaluation(step, evaluation.Loss), 0) : new(evaluation, Best, SinceBest + 1);
    }
}
