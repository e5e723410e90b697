using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>What can be wrong with <see cref="TrainerOptions"/>.</summary>
internal static class TrainerOptionsChecks
{
    private const int MaxReadAhead = 10_000;

    /// <summary>Everything that is wrong, one sentence each; empty where the options are sound.</summary>
    public static IReadOnlyList<string> FindProblems(TrainerOptions options)
    {
        List<string> problems = [];
        RequireAtLeast(problems, "max_steps", options.MaxSteps, 1);
        RequireAtLeast(problems, "max_tokens", options.MaxTokens, 1);
        RequireAboveZero(problems, "max_minutes", options.MaxMinutes);
        if (options.ScheduleByTime && options.MaxMinutes is null)
            problems.Add("schedule_by_time is true, but nothing says how much time there is: set max_minutes too.");
        RequireAtLeast(problems, "batch_size", options.BatchSize, 1);
        if (options.BatchSizeStart is int start && (start < 1 || start > options.BatchSize))
            problems.Add($"batch_size_start is {start}, but must be from 1 to the batch_size, {options.BatchSize}.");
        RequireAtLeast(problems, "batch_size_ramp_steps", options.BatchSizeRampSteps, 1);
        if (options.BatchSizeStart is null != options.BatchSizeRampSteps is null)
            problems.Add($"batch_size_start is {options.BatchSizeStart?.ToString() ?? "not set"} and batch_size_ramp_steps is "
                + $"{options.BatchSizeRampSteps?.ToString() ?? "not set"}: set both for batches that grow, or leave both out.");
        RequireAtLeast(problems, "accumulation_steps", options.AccumulationSteps, 1);
        RequireAtLeast(problems, "window_length", options.WindowLength, 1);
        RequireDefined(problems, "sampling", options.Sampling);
        if (options.ReadAhead is < 0 or > MaxReadAhead)
            problems.Add($"read_ahead is {options.ReadAhead}, but must be from 0 to {MaxReadAhead}.");
        if (options.Precision is Precision precision) RequireDefined(problems, "precision", precision);
        RequireDefined(problems, "gradient_precision", options.GradientPrecision);
        problems.AddRange(options.Loss.FindProblems());
        if (!(options.MaxGradientNorm > 0))
            problems.Add($"max_gradient_norm is {options.MaxGradientNorm}, but must be above 0; Infinity switches clipping off.");
        RequireAtLeast(problems, "evaluate_every", options.EvaluateEvery, 1);
        RequireAtLeast(problems, "evaluation_tokens", options.EvaluationTokens, 1);
        RequireAtLeast(problems, "patience", options.Patience, 1);
        if (!(options.MinImprovement >= 0 && double.IsFinite(options.MinImprovement)))
            problems.Add($"min_improvement is {options.MinImprovement}, but must be a finite number of at least 0.");
        if (options.EmaDecay is double decay && !(decay > 0 && decay < 1))
            problems.Add($"ema_decay is {decay}, but must be above 0 and below 1; without an average of the weights leave it out.");
        RequireDefined(problems, "evaluated_weights", options.EvaluatedWeights);
        if (options.EmaDecay is null && options.EvaluatedWeights == EvaluatedWeights.Trained)
            problems.Add("evaluated_weights is trained, but without ema_decay there are no others: leave it out, or set ema_decay.");
        RequireAtLeast(problems, "checkpoint_every", options.CheckpointEvery, 1);
        RequireAboveZero(problems, "checkpoint_every_minutes", options.CheckpointEveryMinutes);
        RequireAtLeast(problems, "keep_checkpoints", options.KeepCheckpoints, 1);
        RequireDefined(problems, "on_divergence", options.OnDivergence);
        if (!(options.MaxLossSpike > 0))
            problems.Add($"max_loss_spike is {options.MaxLossSpike}, but must be above 0; Infinity allows any finite loss.");
        if (!(options.MaxLossRise > 0))
            problems.Add($"max_loss_rise is {options.MaxLossRise}, but must be above 0; Infinity allows any finite loss.");
        RequireAtLeast(problems, "max_recoveries", options.MaxRecoveries, 1);
        RequireDefined(problems, "on_observer_failure", options.OnObserverFailure);
        return problems;
    }

    private static void RequireAtLeast(List<string> problems, string name, long? value, long min)
    {
        if (value < min) problems.Add($"{name} is {value}, but must be at least {min}.");
    }

    private static void RequireAboveZero(List<string> problems, string name, double? value)
    {
        if (value is double minutes && !(minutes > 0 && double.IsFinite(minutes)))
            problems.Add($"{name} is {minutes}, but must be a finite number above 0.");
    }

    private static void RequireDefined<T>(List<string> problems, string name, T value) where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) problems.Add($"{name} is {value}, but must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
