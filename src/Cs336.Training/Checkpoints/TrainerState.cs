using System.Text.Json;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>What a run needs to go on, besides the model and the optimizer.</summary>
internal sealed record TrainerState
{
    public required long Step { get; init; }
    public required long TokensSeen { get; init; }
    public required double ElapsedSeconds { get; init; }
    public required SamplerState Sampler { get; init; }
    public Evaluation? LastEvaluation { get; init; }
    public BestEvaluation? Best { get; init; }
    public int EvaluationsSinceBest { get; init; }
    public GuardState Guard { get; init; }

    /// <summary>What the run was trained with; null in checkpoints of version 1.</summary>
    public TrainerOptions? Options { get; init; }

    /// <summary><see cref="ComputePlan.ProcessorKind"/> of the machine that trained; null in checkpoints that were written before it was kept.</summary>
    public string? Processor { get; init; }

    /// <summary>Reads the state as the given version of the format holds it.</summary>
    /// <exception cref="JsonException">It is not that.</exception>
    public static TrainerState Read(Stream stream, int formatVersion) => formatVersion == 1
        ? JsonSerializer.Deserialize(stream, TrainingJson.Default.TrainerStateVersion1)?.ToCurrent() ?? throw new JsonException("The state is null.")
        : JsonSerializer.Deserialize(stream, TrainingJson.Default.TrainerState) ?? throw new JsonException("The state is null.");
}
