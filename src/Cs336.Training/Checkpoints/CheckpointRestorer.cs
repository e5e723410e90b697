using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Puts a checkpoint that has been found whole back into a model and its optimizer.</summary>
internal static class CheckpointRestorer
{
    /// <summary>Why a checkpoint cannot be put into them, as the rest of a sentence about it; null where it can.</summary>
    public static string? FindProblem(VerifiedCheckpoints checkpoints, CheckpointManifest manifest, nn.Module model,
        IOptimizer? optimizer)
    {
        if (model is TransformerLM { Config: TransformerConfig config } && manifest.Files.ContainsKey(CheckpointManifest.ConfigFile))
        {
            TransformerConfig saved = CheckpointReader.ReadConfig(checkpoints, manifest.Step);
            if (FindDifference(saved, config) is string difference) return $"is of another model: {difference}";
        }
        using (Stream weights = checkpoints.OpenRead(manifest.Step, CheckpointManifest.ModelFile))
            if (CheckpointTensors.FindMisfit(CheckpointTensors.Of(model), weights, CheckpointManifest.ModelFile) is string misfit)
                return $"is of another model: {misfit}.";
        if (optimizer is null) return null;
        if (!manifest.Files.ContainsKey(CheckpointManifest.OptimizerFile))
            return $"has no {CheckpointManifest.OptimizerFile}: it was saved without an optimizer.";
        return FindMisfit(checkpoints, manifest.Step, optimizer) is string unfit
            ? $"is of another optimizer than {optimizer.GetType().Name}: {unfit}." : null;
    }

    /// <summary>How the saved state of an optimizer differs from that of the given one, as a clause; null where it does not.</summary>
    public static string? FindMisfit(VerifiedCheckpoints checkpoints, long step, IOptimizer optimizer)
    {
        using Stream stream = checkpoints.OpenRead(step, CheckpointManifest.OptimizerFile);
        return CheckpointTensors.FindMisfit(optimizer.State, stream, CheckpointManifest.OptimizerFile);
    }

    /// <summary>Fills model and optimizer, for which <see cref="FindProblem"/> has found nothing.</summary>
    /// <param name="modelFile">The file with the model's weights.</param>
    public static void Load(VerifiedCheckpoints checkpoints, long step, nn.Module model, IOptimizer? optimizer,
        string modelFile = CheckpointManifest.ModelFile)
    {
        if (optimizer is not null)
        {
            using Stream state = checkpoints.OpenRead(step, CheckpointManifest.OptimizerFile);
            NamedTensors.Load(optimizer.State, state, $"The checkpoint of step {step}: {CheckpointManifest.OptimizerFile}");
        }
        using Stream weights = checkpoints.OpenRead(step, modelFile);
        NamedTensors.Load(CheckpointTensors.Of(model), weights, $"The checkpoint of step {step}: {modelFile}");
    }

    /// <summary>How a checkpoint's model differs from a run's, as a clause and what to do; null where it does not.</summary>
    public static string? FindDifference(TransformerConfig saved, TransformerConfig current)
    {
        // the seed only drew the first weights, which the checkpoint replaces
        JsonObject was = Parse(saved), now = Parse(current with { InitSeed = saved.InitSeed });
        string[] keys = [.. was.Select(item => item.Key).Union(now.Select(item => item.Key))
            .Where(key => !JsonNode.DeepEquals(was[key], now[key]))];
        return keys.Length == 0 ? null
            : $"it has {Describe(was, keys)}, but this run has {Describe(now, keys)}. Resume with the same configuration, or begin anew in "
                + "another folder.";
    }

    private static JsonObject Parse(TransformerConfig config) => JsonNode.Parse(config.ToJson())!.AsObject();

    private static string Describe(JsonObject config, string[] keys) =>
        string.Join(", ", keys.Select(key => $"{key} {config[key]?.ToJsonString() ?? "not set"}"));
}
