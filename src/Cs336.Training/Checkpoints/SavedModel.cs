using Cs336.Inference;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>A model read from a checkpoint, to measure it or to generate text with it.</summary>
/// <param name="Model">The model; it is the caller's, and disposed with this.</param>
/// <param name="Step">How many steps it was trained for.</param>
/// <param name="Warnings">One sentence for each checkpoint that was passed over because it is damaged.</param>
public sealed record SavedModel(TransformerLM Model, long Step, IReadOnlyList<string> Warnings) : IDisposable
{
    /// <summary>Loads the newest model that is whole.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    /// <param name="device">Where the model lives; null for the CPU.</param>
    /// <exception cref="InvalidDataException">There is no checkpoint, or none that is whole; the message says which.</exception>
    public static SavedModel LoadNewest(ICheckpointStore store, Device? device = null) =>
        Load(store, CheckpointReader.FindNewest(store), device);

    /// <summary>Loads the model of the lowest validation loss.</summary>
    /// <inheritdoc cref="LoadNewest"/>
    public static SavedModel LoadBest(ICheckpointStore store, Device? device = null) =>
        Load(store, CheckpointReader.FindBest(store), device);

    private static SavedModel Load(ICheckpointStore store, CheckpointFinding found, Device? device)
    {
        long step = found.RequireStep();
        TransformerConfig config;
        try
        {
            config = CheckpointReader.ReadConfig(store, step);
        }
        catch (FileNotFoundException exception)
        {
            throw new InvalidDataException(
                $"The checkpoint of step {step} has no {CheckpointManifest.ConfigFile}: it is of another module than a TransformerLM. Read "
                + "it with Checkpoint.Load.", exception);
        }
        string name = $"The checkpoint of step {step}: {CheckpointManifest.ModelFile}";
        // Before a model of any size is made.
        using (Stream stream = new VerifiedCheckpoints(store).OpenRead(step, CheckpointManifest.ModelFile))
            TransformerTensors.Check(config, new SafetensorsReader(stream, name).Tensors, name);
        TransformerLM model = new(config, device: device);
        try
        {
            using Stream stream = new VerifiedCheckpoints(store).OpenRead(step, CheckpointManifest.ModelFile);
            TransformerWeights.Load(model, stream, name);
            return new SavedModel(model, step, found.Warnings);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Releases the model.</summary>
    public void Dispose() => Model.Dispose();
}
