namespace Cs336.Training;

/// <summary>The constants of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay rate of the mean of gradients. Default 0.9; in [0, 1).</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay rate of the mean of squared gradients. Default 0.95, usual for language models; in [0, 1).</summary>
    public double Beta2 { get; set; } = 0.95;

    /// <summary>ε, added to the root of the second moment. Default 1e-8; above 0.</summary>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>λ of the decoupled weight decay. Default 0.1; 0 or more.</summary>
    public double WeightDecay { get; set; } = 0.1;

    /// <summary>Which parameters decay. Default all.</summary>
    public WeightDecayTargets DecayTargets { get; set; }

    /// <summary>
    /// Whether parameters on the processor are updated in one pass over their memory. Default true; false computes tensor
    /// operation by tensor operation, which takes several times as long and gives the same up to rounding.
    /// </summary>
    public bool OnePass { get; set; } = true;

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        OptimizerChecks.RequireDecayRate(problems, "beta1", Beta1);
        OptimizerChecks.RequireDecayRate(problems, "beta2", Beta2);
        if (!(Epsilon > 0) || !double.IsFinite(Epsilon)) problems.Add($"epsilon is {Epsilon}, but must be a finite number above 0.");
        OptimizerChecks.RequireNotNegative(problems, "weight_decay", WeightDecay);
        OptimizerChecks.RequireTargets(problems, DecayTargets);
        return problems;
    }
}
