namespace Cs336.Training;

/// <summary>What is asked of every learning rate.</summary>
internal static class LearningRate
{
    /// <exception cref="ArgumentOutOfRangeException">It is not sound.</exception>
    public static void Check(double learningRate)
    {
        if (!double.IsFinite(learningRate) || learningRate < 0)
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate,
                "The learning rate must be a finite number of at least 0.");
    }
}
