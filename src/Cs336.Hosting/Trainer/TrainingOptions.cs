using System.ComponentModel.DataAnnotations;
using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>What a trainer learns from, how, and where it keeps the run.</summary>
public sealed class TrainingOptions
{
    /// <summary>A token file to learn from, as <c>EncodeFile</c> writes it. It is opened when the trainer is first asked for.</summary>
    [Required(ErrorMessage = "TrainingOptions.TrainingData is empty: give a token file.")]
    public string TrainingData { get; set; } = "";

    /// <summary>A token file to validate on. Default null: the last part of <see cref="TrainingData"/>.</summary>
    public string? ValidationData { get; set; }

    /// <summary>How much of <see cref="TrainingData"/> is kept apart to validate on where <see cref="ValidationData"/> is null. Default 0.05; 0 for no validation.</summary>
    public double ValidationFraction { get; set; } = 0.05;

    /// <summary>The run's folder: <c>checkpoints/</c> and <c>metrics.jsonl</c> go there.</summary>
    [Required(ErrorMessage = "TrainingOptions.RunDirectory is empty: give a folder for checkpoints and metrics.")]
    public string RunDirectory { get; set; } = "";

    /// <summary>The learning rate at the end of the warm-up. Default 3e-3.</summary>
    public double MaxLearningRate { get; set; } = 3e-3;

    /// <summary>The learning rate at the end of the run. Default null: a tenth of <see cref="MaxLearningRate"/>.</summary>
    public double? MinLearningRate { get; set; }

    /// <summary>Steps in which the learning rate rises from 0. Default null: a twentieth of all steps.</summary>
    public long? WarmupSteps { get; set; }

    /// <summary>Which optimizer. Default <see cref="OptimizerKind.Muon"/>: on the learning benchmark it learns more than AdamW in as much time.</summary>
    public OptimizerKind Optimizer { get; set; } = OptimizerKind.Muon;

    /// <summary>Constants of AdamW; of Muon, the decay and what it leaves to AdamW; of Sgd, the decay and its targets.</summary>
    public AdamWOptions AdamW { get; set; } = new();

    /// <summary>Steps, batch size, validation and checkpoints.</summary>
    public TrainerOptions Trainer { get; set; } = new();

    internal IOptimizer ToOptimizer(IReadOnlyList<NamedParameter> parameters) => Optimizer switch
    {
        OptimizerKind.Sgd => new Sgd(parameters, new SgdOptions { WeightDecay = AdamW.WeightDecay, DecayTargets = AdamW.DecayTargets }),
        OptimizerKind.AdamW => new AdamW(parameters, AdamW),
        _ => new Muon(parameters, new MuonOptions { WeightDecay = AdamW.WeightDecay, AdamW = AdamW }),
    };

    internal WarmupCosineSchedule ToSchedule() => new(
        MaxLearningRate, MinLearningRate ?? MaxLearningRate / 10, WarmupSteps ?? Trainer.MaxSteps / 20, Trainer.MaxSteps);

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (ValidationData is not null && string.IsNullOrWhiteSpace(ValidationData)) problems.Add("TrainingOptions.ValidationData is blank: give a token file, or null for a part of the training data.");
        if (!(ValidationFraction is >= 0 and < 1)) problems.Add($"TrainingOptions.ValidationFraction is {ValidationFraction}, but must be at least 0 and below 1.");
        if (!Enum.IsDefined(Optimizer)) problems.Add($"TrainingOptions.Optimizer is {Optimizer}, but must be one of {string.Join(", ", Enum.GetNames<OptimizerKind>())}.");
        problems.AddRange(AdamW.FindProblems());
        problems.AddRange(Trainer.FindProblems());
        if (WarmupSteps == Trainer.MaxSteps) problems.Add($"TrainingOptions.WarmupSteps is {WarmupSteps}, all of the run: lower it below max_steps, or raise that.");
        try
        {
            ToSchedule();
        }
        catch (ArgumentException exception)
        {
            problems.Add(exception.Message);
        }
        return problems;
    }
}
