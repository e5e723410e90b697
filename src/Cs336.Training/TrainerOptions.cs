namespace Cs336.Training;

/// <summary>How a <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    /// <summary>Number of optimizer steps of the whole run. Default 1,000; at least 1.</summary>
    public long MaxSteps { get; set; } = 1_000;

    /// <summary>Windows a batch. Default 32; at least 1.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>Tokens a window. Default null: the model's context_length; from 1 to it.</summary>
    public int? WindowLength { get; set; }

    /// <summary>The loss: its z-loss and its chunks.</summary>
    public LossOptions Loss { get; set; } = new();

    /// <summary>What the L2 norm of all gradients is clipped to. Default 1; above 0, positive infinity for no clipping.</summary>
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Steps between validations; the last step is always followed by one. Default 100; at least 1.</summary>
    public long EvaluateEvery { get; set; } = 100;

    /// <summary>Roughly the most tokens that one validation predicts. Default 65,536; at least 1.</summary>
    public long EvaluationTokens { get; set; } = 65_536;

    /// <summary>Steps between checkpoints; the last step and a cancellation are always followed by one. Default 1,000; at least 1.</summary>
    public long CheckpointEvery { get; set; } = 1_000;

    /// <summary>How many of the latest checkpoints are kept. Default 3; at least 1.</summary>
    public int KeepCheckpoints { get; set; } = 3;

    /// <summary>Determines which batches the model sees. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        RequirePositive(problems, "max_steps", MaxSteps);
        RequirePositive(problems, "batch_size", BatchSize);
        if (WindowLength is int length) RequirePositive(problems, "window_length", length);
        problems.AddRange(Loss.FindProblems());
        if (!(MaxGradientNorm > 0)) problems.Add($"max_gradient_norm is {MaxGradientNorm}, but must be above 0; Infinity switches clipping off.");
        RequirePositive(problems, "evaluate_every", EvaluateEvery);
        RequirePositive(problems, "evaluation_tokens", EvaluationTokens);
        RequirePositive(problems, "checkpoint_every", CheckpointEvery);
        RequirePositive(problems, "keep_checkpoints", KeepCheckpoints);
        return problems;
    }

    private static void RequirePositive(List<string> problems, string name, long value)
    {
        if (value < 1) problems.Add($"{name} is {value}, but must be at least 1.");
    }
}
