namespace Cs336.Training;

/// <summary>What optimizers ask of their constants. Each check adds a sentence where a value is not sound.</summary>
internal static class OptimizerChecks
{
    /// <summary>A weight decay or a factor.</summary>
    public static void RequireNotNegative(List<string> problems, string name, double value)
    {
        if (!(value >= 0) || !double.IsFinite(value)) problems.Add($"{name} is {value}, but must be a finite number of at least 0.");
    }

    /// <summary>The decay rate of a mean or a sum.</summary>
    public static void RequireDecayRate(List<string> problems, string name, double value)
    {
        if (!(value is >= 0 and < 1)) problems.Add($"{name} is {value}, but must be at least 0 and below 1.");
    }

    /// <summary>Which parameters weight decay acts on.</summary>
    public static void RequireTargets(List<string> problems, WeightDecayTargets targets)
    {
        if (!Enum.IsDefined(targets))
            problems.Add($"decay_targets is {targets}, but must be one of {string.Join(", ", Enum.GetNames<WeightDecayTargets>())}.");
    }
}
