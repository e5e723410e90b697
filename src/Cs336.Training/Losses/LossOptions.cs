namespace Cs336.Training;

/// <summary>What is added to cross-entropy, and how it is computed.</summary>
public sealed record LossOptions
{
    /// <summary>
    /// Weight of the z-loss, the mean of (log Σ exp o)² over the positions, which keeps logits from drifting away (Chowdhery
    /// et al., 2022). Default 0, none; 1e-4 is usual.
    /// </summary>
    public double ZLossWeight { get; set; }

    /// <summary>
    /// Positions whose logits exist at once. Default null: as many as have 8 million logits. Changes the memory that a step
    /// takes and the rounding of its sums, nothing else.
    /// </summary>
    public int? ChunkTokens { get; set; }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (!(ZLossWeight >= 0) || !double.IsFinite(ZLossWeight))
            problems.Add($"z_loss_weight is {ZLossWeight}, but must be a finite number of at least 0.");
        if (ChunkTokens is int tokens && tokens < 1) problems.Add($"chunk_tokens is {tokens}, but must be at least 1.");
        return problems;
    }
}
