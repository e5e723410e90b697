namespace Cs336.Training;

/// <summary>The constants of <see cref="Muon"/>.</summary>
public sealed record MuonOptions
{
    /// <summary>μ, the decay rate of the sum of gradients. Default 0.95; in [0, 1).</summary>
    public double Momentum { get; set; } = 0.95;

    /// <summary>λ of the decoupled weight decay of the matrices. Default 0.1; 0 or more.</summary>
    public double WeightDecay { get; set; } = 0.1;

    /// <summary>
    /// Rounds of the Newton-Schulz iteration. Default 3, which leaves singular values within about a quarter of 1; at least 1.
    /// </summary>
    public int NewtonSchulzSteps { get; set; } = 3;

    /// <summary>Constants for the parameters that are no hidden matrices: embeddings, head and gains.</summary>
    public AdamWOptions AdamW { get; set; } = new();

    /// <summary>
    /// What the learning rate of the matrices is multiplied by, the decay with it. Default 3: orthogonal updates bear larger
    /// steps than AdamW's, and a rate that suits AdamW then suits both. 0 or more.
    /// </summary>
    public double MatrixLearningRateFactor { get; set; } = 3;

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (!(Momentum is >= 0 and < 1)) problems.Add($"momentum is {Momentum}, but must be at least 0 and below 1.");
        if (!(WeightDecay >= 0) || !double.IsFinite(WeightDecay))
            problems.Add($"weight_decay is {WeightDecay}, but must be a finite number of at least 0.");
        if (NewtonSchulzSteps < 1) problems.Add($"newton_schulz_steps is {NewtonSchulzSteps}, but must be at least 1.");
        if (!(MatrixLearningRateFactor >= 0) || !double.IsFinite(MatrixLearningRateFactor))
            problems.Add($"matrix_learning_rate_factor is {MatrixLearningRateFactor}, but must be a finite number of at least 0.");
        problems.AddRange(AdamW.FindProblems());
        return problems;
    }
}
