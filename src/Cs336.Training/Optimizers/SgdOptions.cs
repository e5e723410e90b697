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
        OptimizerChecks.RequireNotNegative(problems, "weight_decay", WeightDecay);
        OptimizerChecks.RequireTargets(problems, DecayTargets);
        return problems;
    }
}
