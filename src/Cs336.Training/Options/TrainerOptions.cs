using System.Text.Json.Serialization;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>How a <see cref="Trainer"/> trains. Its JSON names are those of the members in snake_case.</summary>
public sealed record TrainerOptions
{
    /// <summary>Number of optimizer steps of the whole run. Default 1,000; at least 1.</summary>
    public long MaxSteps { get; set; } = 1_000;

    /// <summary>
    /// How many tokens to learn from at most: the run ends with the step that reaches it. Default null: as <see cref="MaxSteps"/>
    /// says; at least 1.
    /// </summary>
    public long? MaxTokens { get; set; }

    /// <summary>
    /// How many minutes the run may take, all its sittings together: it stops with a checkpoint after the step that reaches it.
    /// Default null: any; above 0.
    /// </summary>
    public double? MaxMinutes { get; set; }

    /// <summary>
    /// Whether the schedule goes by the time too, so that the learning rate is at its end when <see cref="MaxMinutes"/> are over, however
    /// fast the machine is: at each step the rate is that of the larger of two fractions, of the steps and of the time, earlier sittings
    /// included. <c>schedule_by_time</c>. Such a run ends, with a validation, while there is still time for it. Default false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ScheduleByTime { get; set; }

    /// <summary>Windows per batch, which pass through the model together. Default 32; at least 1.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>
    /// Windows per batch at the beginning, from which they grow in a line to <see cref="BatchSize"/> over
    /// <see cref="BatchSizeRampSteps"/>. Default null: none grow; from 1 to the batch size.
    /// </summary>
    public int? BatchSizeStart { get; set; }

    /// <summary>
    /// N, the steps over which batches grow: step t, from 0, has B_0 + ⌊(B - B_0) t / N⌋ windows per batch. Default null: none grow; from 1
    /// to the steps of the run.
    /// </summary>
    public long? BatchSizeRampSteps { get; set; }

    /// <summary>
    /// Batches per step: their gradients are added up before the optimizer's step, for large batches in little memory. Default 1;
    /// at least 1.
    /// </summary>
    public int AccumulationSteps { get; set; } = 1;

    /// <summary>Tokens per window. Default null: the model's context_length; from 1 to it.</summary>
    public int? WindowLength { get; set; }

    /// <summary>In which order the windows of the data are learnt from. Default <see cref="WindowSampling.Random"/>.</summary>
    public WindowSampling Sampling { get; set; }

    /// <summary>How many batches are read ahead while a step computes. Default 2; 0 for none, at most 10,000. Changes no result.</summary>
    public int ReadAhead { get; set; } = 2;

    /// <summary>
    /// In which type matrices are multiplied: <c>float32</c> or <c>bfloat16</c> in JSON. Default null: as the model's
    /// <see cref="TransformerLM.Precision"/> says.
    /// </summary>
    public Precision? Precision { get; set; }

    /// <summary>The loss: its z-loss and its chunks.</summary>
    public LossOptions Loss { get; set; } = new();

    /// <summary>
    /// In which type gradients travel between the ranks of a run: <c>float32</c> or <c>bfloat16</c> in JSON, half the bytes; they are added
    /// up in float32 either way. Default <see cref="Precision.Float32"/>; nothing for a run of one process.
    /// </summary>
    public Precision GradientPrecision { get; set; } = Cs336.Transformer.Precision.Float32;

    /// <summary>
    /// Whether the ranks of a run divide the optimizer's state and its work among them (<see cref="ShardedOptimizer"/>), for which the
    /// updated parameters travel as the gradients do. Default false; nothing for a run of one process.
    /// </summary>
    public bool ShardOptimizer { get; set; }

    /// <summary>What the L2 norm of all gradients is clipped to. Default 1; above 0, positive infinity for no clipping.</summary>
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Steps between validations; the last step is always followed by one. Default 100; at least 1.</summary>
    public long EvaluateEvery { get; set; } = 100;

    /// <summary>Roughly the most tokens that one validation predicts. Default 65,536; at least 1.</summary>
    public long EvaluationTokens { get; set; } = 65_536;

    /// <summary>
    /// After how many validations in a row that are no better than the best the run stops early. Default null: never; at least 1.
    /// </summary>
    public int? Patience { get; set; }

    /// <summary>By how many nats per token a validation must be below the best to count as better. Default 0; at least 0.</summary>
    public double MinImprovement { get; set; }

    /// <summary>
    /// d of an exponential moving average of the weights, θ̄ ← d θ̄ + (1 - d) θ after each update (Polyak and Juditsky, 1992), with
    /// (1 + t) / (10 + t) at step t in its place while that is less. Validations then measure the average, and it is the model of each
    /// checkpoint: see <see cref="EvaluatedWeights"/>. Default null: none; above 0 and below 1, such as 0.999.
    /// </summary>
    public double? EmaDecay { get; set; }

    /// <summary>
    /// Whether the average or the weights that are trained are validated and kept as a checkpoint's model, the best one's too:
    /// <c>average</c> or <c>trained</c> in JSON. Default <see cref="EvaluatedWeights.Average"/>; nothing without <see cref="EmaDecay"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public EvaluatedWeights EvaluatedWeights { get; set; }

    /// <summary>
    /// Steps between checkpoints; the last step and a cancellation are always followed by one. Default 1,000; at least 1.
    /// </summary>
    public long CheckpointEvery { get; set; } = 1_000;

    /// <summary>
    /// Minutes after which there is a checkpoint, whatever <see cref="CheckpointEvery"/> says. Default null: none; above 0.
    /// </summary>
    public double? CheckpointEveryMinutes { get; set; }

    /// <summary>How many of the latest checkpoints are kept. Default 3; at least 1.</summary>
    public int KeepCheckpoints { get; set; } = 3;

    /// <summary>
    /// Whether the checkpoint of the best validation is kept besides the latest; each validation that is the best so far is then
    /// followed by one. Default true; nothing without validation data.
    /// </summary>
    public bool KeepBest { get; set; } = true;

    /// <summary>
    /// Whether checkpoints are written while training goes on, which takes main memory for another copy of the weights and the
    /// optimizer's state. Default true.
    /// </summary>
    public bool CheckpointInBackground { get; set; } = true;

    /// <summary>What happens where the training diverges. Default <see cref="DivergenceAction.Stop"/>.</summary>
    public DivergenceAction OnDivergence { get; set; }

    /// <summary>
    /// By how many nats a step's loss may lie above its average over about the last 20 steps; beyond it counts as diverged, as a loss
    /// or gradient that is not finite always does. Default infinity: any; above 0.
    /// </summary>
    public double MaxLossSpike { get; set; } = double.PositiveInfinity;

    /// <summary>
    /// By how many nats the loss, averaged over about the last 20 steps, may lie above its lowest such average (judged from step 20 on);
    /// beyond it counts as diverged. Default infinity: any; above 0.
    /// </summary>
    public double MaxLossRise { get; set; } = double.PositiveInfinity;

    /// <summary>
    /// How many times in a row <see cref="OnDivergence"/> may skip or roll back without getting past the place; then the run stops.
    /// Default 10; at least 1.
    /// </summary>
    public int MaxRecoveries { get; set; } = 10;

    /// <summary>
    /// What happens where a metric sink, a callback, the progress or a listener of the meter fails. Default
    /// <see cref="ObserverFailure.Warn"/>: the run goes on.
    /// </summary>
    public ObserverFailure OnObserverFailure { get; set; }

    /// <summary>Determines which batches the model sees. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Windows per batch of a step, which differ where batches grow.</summary>
    /// <param name="step">Number of steps done before it.</param>
    public int BatchSizeOf(long step) => Ramp is BatchRamp ramp ? ramp.SizeAt(step) : BatchSize;

    /// <summary>
    /// Tokens that one optimizer step learns from: batch_size · window_length · accumulation_steps. Where batches grow, those of a step
    /// after that.
    /// </summary>
    /// <param name="contextLength">The model's context_length, which a window has where <see cref="WindowLength"/> is null.</param>
    public long TokensPerStep(int contextLength) => (long)BatchSize * (WindowLength ?? contextLength) * AccumulationSteps;

    /// <summary>Tokens that a run has learnt from after some steps.</summary>
    /// <param name="contextLength">The model's context_length.</param>
    /// <param name="steps">How many optimizer steps, from the run's first on.</param>
    public Int128 TokensOf(int contextLength, long steps) => Ramp is not BatchRamp ramp ? steps * (Int128)TokensPerStep(contextLength)
        : ramp.WindowsOf(steps) * (WindowLength ?? contextLength) * AccumulationSteps;

    /// <summary>
    /// Number of steps of the whole run: as <see cref="MaxSteps"/> says, or fewer where <see cref="MaxTokens"/> ends it before.
    /// </summary>
    /// <param name="contextLength">The model's context_length.</param>
    public long TotalSteps(int contextLength)
    {
        if (MaxTokens is not long tokens || TokensPerStep(contextLength) is not (> 0 and long each)) return MaxSteps;
        if (Ramp is not BatchRamp ramp) return Math.Min(MaxSteps, (tokens - 1) / each + 1);
        return (long)Int128.Min(MaxSteps, ramp.StepsFor((tokens - 1) / (each / BatchSize) + 1));
    }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems() => TrainerOptionsChecks.FindProblems(this);

    /// <summary>How batches grow; null where they do not, or where the options that say how are not sound.</summary>
    internal BatchRamp? Ramp => BatchSizeRampSteps is >= 1 and long steps && BatchSizeStart is >= 1 and int start && start <= BatchSize
        ? new BatchRamp(start, BatchSize, steps) : null;

    /// <summary>Why batches do not get to their size within the run, as a sentence; null where they do.</summary>
    internal string? FindRampProblem(int contextLength) => BatchSizeRampSteps is long ramp && ramp > TotalSteps(contextLength)
        ? $"batch_size_ramp_steps is {ramp}, but the run has {TotalSteps(contextLength)} steps: its batches would never have the "
            + "batch_size. Lower it, or raise max_steps or max_tokens." : null;
}
