namespace Cs336.Training;

/// <summary>The constants of <see cref="Muon"/>.</summary>
public sealed record MuonOptions
{
    /// <summary>μ, the decay rate of the sum of gradients. Default 0.95; in [0, 1).</summary>
    public double Momentum { get; set; } = 0.95;

    /// <summary>
    /// N, the updates over which μ rises to <see cref="Momentum"/>: <c>μ_t = μ_0 + (μ - μ_0) min(1, t / N)</c> at the update after t others
    /// (Jordan et al., 2024). The first gradients, which soon point elsewhere, are then forgotten sooner. Default null: μ from the
    /// beginning; at least 1.
    /// </summary>
    public long? MomentumWarmupSteps { get; set; }

    /// <summary>μ_0, which the momentum rises from over <see cref="MomentumWarmupSteps"/>. Default 0.85; from 0 to μ.</summary>
    public double MomentumStart { get; set; } = 0.85;

    /// <summary>
    /// Whether updates are those of NorMuon (Li et al., 2025, "NorMuon: Making Muon more efficient and scalable"), in which every neuron
    /// moves about as far as every other; see <see cref="Muon"/>. Default false.
    /// </summary>
    public bool NorMuon { get; set; }

    /// <summary>β₂, the decay rate of NorMuon's second moments. Default 0.95; in [0, 1).</summary>
    public double NorMuonBeta2 { get; set; } = 0.95;

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

    /// <summary>μ_t.</summary>
    /// <param name="updates">t, how many updates there were before.</param>
    internal double MomentumAt(long updates) => MomentumWarmupSteps is long steps && updates < steps
        ? MomentumStart + ((Momentum - MomentumStart) * updates / steps) : Momentum;

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        OptimizerChecks.RequireDecayRate(problems, "momentum", Momentum);
        if (MomentumWarmupSteps < 1) problems.Add($"momentum_warmup_steps is {MomentumWarmupSteps}, but must be at least 1.");
        if (MomentumWarmupSteps is not null && !(MomentumStart >= 0 && MomentumStart <= Momentum))
            problems.Add($"momentum_start is {MomentumStart}, but must be from 0 to the momentum, {Momentum}.");
        if (NorMuon) OptimizerChecks.RequireDecayRate(problems, "nor_muon_beta2", NorMuonBeta2);
        OptimizerChecks.RequireNotNegative(problems, "weight_decay", WeightDecay);
        if (NewtonSchulzSteps < 1) problems.Add($"newton_schulz_steps is {NewtonSchulzSteps}, but must be at least 1.");
        OptimizerChecks.RequireNotNegative(problems, "matrix_learning_rate_factor", MatrixLearningRateFactor);
        problems.AddRange(AdamW.FindProblems());
        return problems;
    }
}
