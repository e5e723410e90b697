using Cs336.Inference;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Writes and reads checkpoints for a program with a training loop of its own: the same files, checksums and promises as those of a
/// <see cref="Trainer"/>, for any store.
/// </summary>
/// <remarks>
/// What is written here of a <see cref="TransformerLM"/>, <see cref="CheckpointReader"/>, <see cref="SavedModel"/> and the inference
/// package read.
/// </remarks>
public static class Checkpoint
{
    /// <summary>Saves a checkpoint, all or nothing; one that exists for the step is replaced. No other is removed.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    /// <param name="step">The number of steps done; not negative.</param>
    /// <param name="model">
    /// The model; must not change meanwhile. Of a <see cref="TransformerLM"/> its configuration is kept too; of any other module the
    /// tensors of its <c>state_dict</c> alone.
    /// </param>
    /// <param name="optimizer">Its optimizer; null to keep the model alone.</param>
    /// <param name="others">
    /// What else the program needs to go on, under names that are not those of the model's and the optimizer's files; null for
    /// nothing.
    /// </param>
    /// <param name="bestStep">
    /// The step of the best checkpoint so far, for <see cref="CheckpointReader.FindBest"/>; null where that is not known.
    /// </param>
    /// <exception cref="ArgumentException">Two files have the same name, or a tensor has a type that is not saved.</exception>
    /// <exception cref="IOException">It cannot be written; those saved before are untouched.</exception>
    public static void Save(
        ICheckpointStore store, long step, nn.Module model, IOptimizer? optimizer = null,
        IReadOnlyList<CheckpointFile>? others = null, long? bestStep = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(model);
        TransformerConfig? config = (model as TransformerLM)?.Config;
        CheckpointFile[] files = [.. CheckpointTensors.ToFiles(config, CheckpointTensors.Of(model), optimizer?.State), .. others ?? []];
        string[] names = [CheckpointManifest.Name, .. files.Select(file => file.Name)];
        if (names.CountBy(name => name).FirstOrDefault(name => name.Value > 1) is { Value: > 1 } twice)
            throw new ArgumentException($"The checkpoint of step {step} would have two files named {twice.Key}: give the one under others "
                + "another name.");
        new VerifiedCheckpoints(store).Save(step, files, bestStep);
    }

    /// <summary>Puts a checkpoint back into a model and its optimizer, after all of it has been looked at.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    /// <param name="step">Which one, such as that of <see cref="CheckpointReader.FindNewest"/>.</param>
    /// <param name="model">A model of the configuration that was saved, or another module with the same tensors.</param>
    /// <param name="optimizer">Its optimizer, of the kind that was saved; null to leave its state.</param>
    /// <exception cref="InvalidDataException">
    /// There is no such checkpoint, it is damaged, or it is of another model or optimizer; nothing was changed.
    /// </exception>
    public static void Load(ICheckpointStore store, long step, nn.Module model, IOptimizer? optimizer = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(model);
        VerifiedCheckpoints checkpoints = new(store);
        if (checkpoints.FindDamage(step, out CheckpointManifest? manifest) is string damage)
            throw new InvalidDataException($"The checkpoint of step {step} cannot be used: {damage}.");
        if (CheckpointRestorer.FindProblem(checkpoints, manifest!, model, optimizer) is string problem)
            throw new InvalidDataException($"The checkpoint of step {step} {problem}");
        CheckpointRestorer.Load(checkpoints, step, model, optimizer);
    }

    /// <summary>Puts the newest checkpoint that is whole back into a model and its optimizer.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    /// <param name="model">A model of the configuration that was saved, or another module with the same tensors.</param>
    /// <param name="optimizer">Its optimizer, of the kind that was saved; null to leave its state.</param>
    /// <param name="warnings">Is given one sentence for each newer one that is damaged; null to leave them out.</param>
    /// <returns>The number of steps that were done when it was saved.</returns>
    /// <exception cref="InvalidDataException">
    /// There is no checkpoint, or none that is whole, or it is of another model or optimizer; nothing was changed.
    /// </exception>
    public static long LoadNewest(
        ICheckpointStore store, nn.Module model, IOptimizer? optimizer = null, ICollection<string>? warnings = null)
    {
        CheckpointFinding found = CheckpointReader.FindNewest(store);
        long step = found.RequireStep();
        Load(store, step, model, optimizer);
        foreach (string warning in found.Warnings) warnings?.Add(warning);
        return step;
    }

    /// <summary>Opens a file of a checkpoint, after the file has been looked at; the caller disposes the stream.</summary>
    /// <param name="store">Where checkpoints are kept.</param>
    /// <param name="file">Which file, such as one of those that <see cref="Save"/> was given.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it has no such file.</exception>
    /// <exception cref="InvalidDataException">The file or the manifest is damaged.</exception>
    public static Stream OpenRead(ICheckpointStore store, long step, string file)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(file);
        return new VerifiedCheckpoints(store).OpenVerified(step, file);
    }

    /// <summary>
    /// What is wrong with a checkpoint, as a clause that names the file; null where every file is there and as it was written.
    /// </summary>
    /// <param name="store">Where checkpoints are kept.</param>
    public static string? FindDamage(ICheckpointStore store, long step)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new VerifiedCheckpoints(store).FindDamage(step, out _);
    }
}
