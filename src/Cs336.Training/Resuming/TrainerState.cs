using System.Text.Json;
using System.Text.Json.Serialization;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>What a run needs to go on from between two steps, besides the model, the optimizer and libtorch's generator.</summary>
internal sealed record TrainerState
{
    public required long Step { get; init; }
    public required long TokensSeen { get; init; }
    public required double ElapsedSeconds { get; init; }
    public required SamplerState Sampler { get; init; }
    public Evaluation? LastEvaluation { get; init; }
    public BestEvaluation? Best { get; init; }
    public int EvaluationsSinceBest { get; init; }

    /// <summary>What the judge of divergence remembers; the files have an older word for it.</summary>
    [JsonPropertyName("guard")]
    public JudgeState Judge { get; init; }

    /// <summary>How many steps' updates were left out.</summary>
    public long SkippedSteps { get; init; }

    /// <summary>α of the last step; null before the first and in checkpoints that were written before it was kept.</summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// The metrics of the last step where the run ended before the step was validated and told of: a run that goes on begins with
    /// that. Null otherwise.
    /// </summary>
    public TrainingMetrics? Untold { get; init; }

    /// <summary>What the run was trained with; null in checkpoints of version 1.</summary>
    public TrainerOptions? Options { get; init; }

    /// <summary>
    /// <see cref="ComputePlan.ProcessorKind"/> of the machine that trained; null in checkpoints that were written before it was
    /// kept.
    /// </summary>
    public string? Processor { get; init; }

    /// <summary>What the run was made of; null in checkpoints that were written before it was kept.</summary>
    public RunIdentity? Identity { get; init; }

    [JsonIgnore]
    public ValidationHistory Validations
    {
        get => new(LastEvaluation, Best, EvaluationsSinceBest);
        init => (LastEvaluation, Best, EvaluationsSinceBest) = value;
    }

    /// <summary>Reads the state as the given version of the format holds it.</summary>
    /// <exception cref="JsonException">It is not that.</exception>
    public static TrainerState Read(byte[] json, int formatVersion) => formatVersion == 1
        ? JsonSerializer.Deserialize(json, TrainerJson.Default.TrainerStateVersion1)?.ToCurrent()
            ?? throw new JsonException("The state is null.")
        : JsonSerializer.Deserialize(json, TrainerJson.Default.TrainerState) ?? throw new JsonException("The state is null.");

    /// <summary>What keeps a state that was read from being one that a trainer wrote, as a sentence; null where nothing does.</summary>
    /// <param name="step">The step of the checkpoint that it was read from.</param>
    public string? FindProblem(long step)
    {
        if (Step != step) return $"It is of step {Step}.";
        if (Sampler is null) return "sampler is null.";
        if (Sampler.Random is null == Sampler.WindowsDrawn is null) return "sampler must have either random or windows_drawn.";
        if (TokensSeen < 0 || SkippedSteps < 0 || EvaluationsSinceBest < 0)
            return $"tokens_seen is {TokensSeen}, skipped_steps {SkippedSteps} and evaluations_since_best {EvaluationsSinceBest}, but none "
                + "can be negative.";
        if (!(ElapsedSeconds >= 0 && ElapsedSeconds < TimeSpan.MaxValue.TotalSeconds)) return $"elapsed_seconds is {ElapsedSeconds}.";
        if (Untold is not null && Untold.Step != Step) return $"untold is of step {Untold.Step}.";
        if (Options is not null && (Options.Loss is null ? ["loss is null."] : Options.FindProblems()) is { Count: > 0 } problems)
            return $"options: {string.Join(" ", problems)}";
        return Identity is null || (Identity is { Optimizer: not null, Texts: not null }
            && !Identity.Texts.Any(text => text is not { Path: not null, Fingerprint: not null })) ? null : "identity lacks a name.";
    }
}
