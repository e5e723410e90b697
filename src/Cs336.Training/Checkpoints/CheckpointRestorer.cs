using System.Text.Json;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Puts a checkpoint back into the parts of a run.</summary>
internal static class CheckpointRestorer
{
    /// <summary>Restores model, optimizer and libtorch's generator.</summary>
    /// <returns>The trainer's own state.</returns>
    /// <exception cref="InvalidDataException">The checkpoint is of another model or optimizer; nothing was changed.</exception>
    public static TrainerState Restore(VerifiedCheckpoints checkpoints, CheckpointManifest manifest, TransformerLM model, IOptimizer optimizer)
    {
        string name = $"The checkpoint of step {manifest.Step}";
        using (StreamReader reader = new(checkpoints.OpenRead(manifest.Step, CheckpointManifest.ConfigPart)))
            if (FindDifference(TransformerConfig.Parse(reader.ReadToEnd()), model.Config) is string difference)
                throw new InvalidDataException($"{name} is of another model: {difference}");
        TrainerState state = CheckpointReader.ReadState(checkpoints, manifest);
        using (Stream stream = checkpoints.OpenRead(manifest.Step, CheckpointManifest.OptimizerPart))
            NamedTensors.Load(optimizer.State, stream, $"{name}: {CheckpointManifest.OptimizerPart}");
        using (Stream stream = checkpoints.OpenRead(manifest.Step, CheckpointManifest.ModelPart))
            TransformerWeights.Load(model, stream, $"{name}: {CheckpointManifest.ModelPart}");
        if (manifest.FormatVersion >= 2)
        {
            using Stream stream = checkpoints.OpenRead(manifest.Step, CheckpointManifest.TorchRandomPart);
            MemoryStream random = new();
            stream.CopyTo(random);
            try
            {
                TorchRandom.Set(random.ToArray());
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidDataException($"{name}: {CheckpointManifest.TorchRandomPart}: {exception.Message}.", exception);
            }
        }
        return state;
    }

    /// <summary>How a checkpoint's model differs from a run's, as a clause and what to do; null where it does not.</summary>
    public static string? FindDifference(TransformerConfig saved, TransformerConfig current) => saved == current ? null
        : $"it has {Describe(saved)}, but this run has {Describe(current)}. Resume with the same configuration, or begin anew in another folder.";

    /// <summary>What makes a resumed run another than the one that was begun, one sentence each.</summary>
    public static IEnumerable<string> FindChanges(TrainerState state, TrainerOptions current)
    {
        if (state.Processor is string processor && processor != ComputePlan.ProcessorKind)
            yield return $"The run was saved on another kind of processor ({processor}; here {ComputePlan.ProcessorKind}): it goes on, but not bit for bit as it would have there.";
        if (state.Options is not TrainerOptions saved) yield break;
        (string Name, object? Before, object? Now)[] settings =
        [
            ("batch_size", saved.BatchSize, current.BatchSize),
            ("accumulation_steps", saved.AccumulationSteps, current.AccumulationSteps),
            ("window_length", saved.WindowLength, current.WindowLength),
            ("precision", saved.Precision, current.Precision),
            ("loss", saved.Loss, current.Loss),
            ("max_gradient_norm", saved.MaxGradientNorm, current.MaxGradientNorm),
        ];
        foreach ((string name, object? before, object? now) in settings)
            if (!Equals(before, now)) yield return $"{name} is {now ?? "not set"}, but was {before ?? "not set"} when the run was saved: it does not go on as it would have.";
        if (current.Sampling == WindowSampling.Epochs && saved.Seed != current.Seed)
            yield return $"seed is {current.Seed}, but was {saved.Seed} when the run was saved: the order of the data is another.";
    }

    private static string Describe(TransformerConfig config) => config.ToJson().ReplaceLineEndings(" ");
}
