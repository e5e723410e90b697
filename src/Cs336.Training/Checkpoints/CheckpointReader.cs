using System.Text.Json;
using Cs336.Inference;
using Cs336.Json;

namespace Cs336.Training;

/// <summary>Finds and reads checkpoints without a trainer, also while one is writing to the store.</summary>
public static class CheckpointReader
{
    /// <summary>The newest checkpoint that is whole: every file is there and has the checksum that it was written with.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    public static CheckpointFinding FindNewest(ICheckpointStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        List<string> warnings = [];
        return new CheckpointFinding(new VerifiedCheckpoints(store).FindNewest(warnings)?.Step, warnings);
    }

    /// <summary>The whole checkpoint with the lowest validation loss; the newest where none was validated.</summary>
    /// <inheritdoc cref="FindNewest" path="/param"/>
    /// <exception cref="InvalidDataException">A checkpoint that an earlier version wrote does not tell the best.</exception>
    public static CheckpointFinding FindBest(ICheckpointStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        List<string> warnings = [];
        VerifiedCheckpoints checkpoints = new(store);
        if (checkpoints.FindNewest(warnings) is not CheckpointManifest newest) return new CheckpointFinding(null, warnings);
        // The newest one knows which was the best, and a run keeps that one.
        long best = (newest.FormatVersion < 3 ? ReadOlderBest(checkpoints, newest.Step) : newest.BestStep) ?? newest.Step;
        if (best != newest.Step && checkpoints.FindDamage(best, out _) is string damage)
        {
            warnings.Add($"The best checkpoint, of step {best}, is not used: {damage}.");
            best = newest.Step;
        }
        return new CheckpointFinding(best, warnings);
    }

    /// <summary>The configuration of a checkpoint's model.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    /// <param name="step">Which one, as found whole.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it is of a module that has no configuration.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TransformerConfig ReadConfig(ICheckpointStore store, long step)
    {
        ArgumentNullException.ThrowIfNull(store);
        return ReadConfig(new VerifiedCheckpoints(store), step);
    }

    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it has no configuration.</exception>
    internal static TransformerConfig ReadConfig(VerifiedCheckpoints checkpoints, long step)
    {
        using StreamReader reader = new(checkpoints.OpenRead(step, CheckpointManifest.ConfigFile));
        try
        {
            return TransformerConfig.Parse(reader.ReadToEnd());
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"The checkpoint of step {step}: {CheckpointManifest.ConfigFile}: {exception.Message}",
                exception);
        }
    }

    /// <summary>The best step as a trainer's state told it until version 2.</summary>
    private static long? ReadOlderBest(VerifiedCheckpoints checkpoints, long step)
    {
        using Stream stream = checkpoints.OpenRead(step, CheckpointManifest.TrainerFile);
        try
        {
            using JsonDocument state = JsonDocument.Parse(stream);
            return state.RootElement.TryGetProperty("best", out JsonElement best) ? best.GetProperty("step").GetInt64() : null;
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"The checkpoint of step {step}: {CheckpointManifest.TrainerFile} is not a trainer's state: "
                + $"{JsonMessage.Of(exception)}",
                exception);
        }
    }
}
