namespace Cs336.Training;

/// <summary>What is known after a training step.</summary>
public sealed record TrainingMetrics
{
    /// <summary>Number of steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Mean cross-entropy of the step's batch before its update, in nats per token.</summary>
    public required double Loss { get; init; }

    /// <summary>α of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>L2 norm of all gradients before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Tokens learnt from since the run began.</summary>
    public required long TokensSeen { get; init; }

    /// <summary>Training speed of the step, evaluation and checkpoints left out.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Time spent on the run so far, earlier sittings of a resumed run included, pauses not.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Mean cross-entropy on the validation set in nats per token, where it was measured after this step.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The validation loss in bits per byte of text, where it was measured and the tokens' bytes are known.</summary>
    public double? ValidationBitsPerByte { get; init; }

    /// <summary>Windows per batch of the step, where batches grow: see <see cref="TrainerOptions.BatchSizeStart"/>.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether the step diverged and its update was left out: see <see cref="DivergenceAction.Skip"/>.</summary>
    public bool Skipped { get; init; }
}
