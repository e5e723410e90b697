using System.Text.Json;
using Cs336.Inference;
using Cs336.Json;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// A checkpoint that a trainer wrote and that has been found whole: all of it except the tensors, to be looked at before anything is
/// changed.
/// </summary>
internal sealed class SavedRun
{
    private readonly VerifiedCheckpoints _checkpoints;
    private readonly byte[]? _torchRandom;

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is not by a trainer, or what it holds is not sound.</exception>
    public SavedRun(VerifiedCheckpoints checkpoints, CheckpointManifest manifest)
    {
        _checkpoints = checkpoints;
        Manifest = manifest;
        string[] files = manifest.FormatVersion < 2 ? [CheckpointManifest.OptimizerFile, CheckpointManifest.TrainerFile]
            : [CheckpointManifest.OptimizerFile, CheckpointManifest.TrainerFile, CheckpointManifest.TorchRandomFile];
        string[] missing = [.. files.Where(file => !manifest.Files.ContainsKey(file))];
        if (missing.Length > 0)
            throw new InvalidDataException($"{Name} was not written by a Trainer, as it has no {string.Join(" and no ", missing)}: read it "
                + "with Checkpoint.Load, or begin anew in another folder.");
        try
        {
            byte[] state = ReadAll(CheckpointManifest.TrainerFile);
            if (JsonText.FindBroken(state) is string place) throw new JsonException($"a string at {place} holds half a surrogate pair.");
            State = TrainerState.Read(state, manifest.FormatVersion);
            if (State.FindProblem(manifest.Step) is string unsound) throw new JsonException(unsound);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{Name}: {CheckpointManifest.TrainerFile} is not a trainer's state: {JsonMessage.Of(exception)}", exception);
        }
        if (manifest.FormatVersion < 2) return;
        _torchRandom = ReadAll(CheckpointManifest.TorchRandomFile);
        if (TorchRandom.FindProblem(_torchRandom) is string problem)
            throw new InvalidDataException($"{Name}: {CheckpointManifest.TorchRandomFile}: {problem}.");
    }

    private byte[] ReadAll(string file)
    {
        using Stream stream = _checkpoints.OpenRead(Manifest.Step, file);
        MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public CheckpointManifest Manifest { get; }

    public TrainerState State { get; }

    /// <summary>What messages call it.</summary>
    public string Name => $"The checkpoint of step {Manifest.Step}";

    public TransformerConfig ReadConfig() => CheckpointReader.ReadConfig(_checkpoints, Manifest.Step);

    /// <inheritdoc cref="CheckpointRestorer.FindMisfit"/>
    public string? FindMisfit(IOptimizer optimizer) => CheckpointRestorer.FindMisfit(_checkpoints, Manifest.Step, optimizer);

    /// <summary>
    /// Fills model, optimizer, libtorch's generator and the average of the weights, if there is one to fill; where none was saved, it
    /// begins with the weights.
    /// </summary>
    public void Load(TransformerLM model, IOptimizer optimizer, WeightAverage? average)
    {
        bool isModelAverage = Manifest.Files.ContainsKey(WeightAverage.TrainedFile);
        CheckpointRestorer.Load(_checkpoints, Manifest.Step, model, optimizer,
            isModelAverage ? WeightAverage.TrainedFile : CheckpointManifest.ModelFile);
        string averageFile = isModelAverage ? CheckpointManifest.ModelFile : WeightAverage.AverageFile;
        if (average is not null && Manifest.Files.ContainsKey(averageFile))
        {
            using Stream stream = _checkpoints.OpenRead(Manifest.Step, averageFile);
            NamedTensors.Load(average.State, stream, $"{Name}: {averageFile}");
        }
        else
        {
            average?.Begin();
        }
        if (_torchRandom is not null) TorchRandom.Set(_torchRandom);
    }
}
