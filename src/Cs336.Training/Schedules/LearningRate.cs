namespace Cs336.Training;

/// <summary>What is asked of every learning rate, and of those of a schedule.</summary>
internal static class LearningRate
{
    /// <exception cref="ArgumentOutOfRangeException">It is not sound.</exception>
    public static void Check(double learningRate)
    {
        if (!double.IsFinite(learningRate) || learningRate < 0)
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate,
                "The learning rate must be a finite number of at least 0.");
    }

    /// <summary>What is wrong with the numbers that schedules with a warm-up share, one sentence each.</summary>
    /// <param name="max">α_max.</param>
    /// <param name="min">α_min.</param>
    /// <param name="warmupSteps">T_w.</param>
    public static List<string> FindProblems(double max, double min, long warmupSteps)
    {
        List<string> problems = [];
        if (!double.IsFinite(max) || max < 0)
            problems.Add($"The maximum learning rate is {max}, but must be a finite number of at least 0.");
        if (!(min >= 0 && min <= max)) problems.Add($"The minimum learning rate is {min}, but must be from 0 to the maximum, {max}.");
        if (warmupSteps < 0) problems.Add($"The warm-up has {warmupSteps} steps, but cannot have fewer than 0.");
        return problems;
    }
}
