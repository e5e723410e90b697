namespace Cs336.Training;

/// <summary>The constants of <see cref="Sgd"/>.</summary>
public sealed record SgdOptions
{
    /// <summary>λ of the decoupled weight decay. Default 0; 0 or more.</summary>
    public double WeightDecay { get; set; }

    /// <summary>Which parameters decay. Default all.</summary>
    public WeightDecayTargets DecayTargets { get; set; }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (!(WeightDecay >= 0) || !double.IsFinite(WeightDecay))
            problems.Add($"weight_decay is {WeightDecay}, but must be a finite number of at least 0.");
        if (!Enum.IsDefined(DecayTargets))
            problems.Add($"decay_targets is {DecayTargets}, but must be one of {string.Join(", ", Enum.GetNames<WeightDecayTargets>())}.");
        return problems;
    }
}
