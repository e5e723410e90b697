using System.Text.Json;
using Cs336.Inference;

namespace Cs336.Training;

/// <summary>Finds and reads checkpoints without a trainer, also while one is writing to the store.</summary>
public static class CheckpointReader
{
    /// <summary>The newest checkpoint that is whole: every part is there and has the checksum that it was written with.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    public static CheckpointFinding FindNewest(ICheckpointStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        List<string> warnings = [];
        return new CheckpointFinding(new VerifiedCheckpoints(store).FindNewest(warnings)?.Step, warnings);
    }

    /// <summary>The whole checkpoint with the lowest validation loss; the newest where none was validated.</summary>
    /// <inheritdoc cref="FindNewest" path="/param"/>
    public static CheckpointFinding FindBest(ICheckpointStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        List<string> warnings = [];
        VerifiedCheckpoints checkpoints = new(store);
        if (checkpoints.FindNewest(warnings) is not CheckpointManifest newest) return new CheckpointFinding(null, warnings);
        // The newest one knows which was the best, and a run keeps that one.
        long best = ReadState(checkpoints, newest).Best?.Step ?? newest.Step;
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
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TransformerConfig ReadConfig(ICheckpointStore store, long step)
    {
        ArgumentNullException.ThrowIfNull(store);
        using StreamReader reader = new(new VerifiedCheckpoints(store).OpenRead(step, CheckpointManifest.ConfigPart));
        return TransformerConfig.Parse(reader.ReadToEnd());
    }

    /// <summary>The trainer's state in a checkpoint that has been found whole.</summary>
    internal static TrainerState ReadState(VerifiedCheckpoints checkpoints, CheckpointManifest manifest)
    {
        try
        {
            using Stream stream = checkpoints.OpenRead(manifest.Step, CheckpointManifest.StatePart);
            return TrainerState.Read(stream, manifest.FormatVersion);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The checkpoint of step {manifest.Step}: {CheckpointManifest.StatePart} is not a trainer's state: {exception.Message}", exception);
        }
    }
}
