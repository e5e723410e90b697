using System.Text.Json;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// A run's checkpoints: saves them when they are due, tells what is saved, and leaves one when the run ends otherwise than it
/// should.
/// </summary>
internal sealed class RunCheckpoints(ICheckpointStore store, TransformerLM model, IOptimizer optimizer,
    IReadOnlyList<NamedParameter> parameters, Lazy<RunIdentity> identity, IRankGroup ranks, WeightAverage? average)
{
    private readonly VerifiedCheckpoints _verified = new(store);
    private readonly CheckpointWriter _writer = new(new VerifiedCheckpoints(store), model, optimizer, average);
    private readonly CheckpointTiming _timing = new();
    private TrainerState? _saved;

    /// <summary>The newest that was saved or restored, from any thread; null where there is none.</summary>
    public long? SavedStep => _writer.Newest;

    /// <summary>Whether there is none to go back to, not even one that is being written.</summary>
    public bool IsEmpty => _saved is null && SavedStep is null;

    public IReadOnlyList<long> List() => _verified.List();

    /// <summary>The newest checkpoint that is whole; null where there is none.</summary>
    /// <param name="warnings">Is given one sentence for each newer one that is not.</param>
    /// <exception cref="InvalidDataException">It was not written by a trainer.</exception>
    public SavedRun? FindNewest(List<string> warnings) =>
        _verified.FindNewest(warnings) is CheckpointManifest newest ? new SavedRun(_verified, newest) : null;

    /// <summary>Takes note that the run is at a checkpoint.</summary>
    /// <param name="state">The run's state where it is all that the checkpoint holds; null where it is not.</param>
    /// <param name="elapsed">What the run's clock tells.</param>
    public void TakeNote(long step, TrainerState? state, TimeSpan elapsed)
    {
        _writer.Newest = step;
        _saved = state;
        _timing.SavedAt = elapsed;
    }

    /// <summary>Whether a state is that of the newest checkpoint, or of one that is being written.</summary>
    public bool Hold(TrainerState state) => ReferenceEquals(state, _saved);

    /// <inheritdoc cref="CheckpointTiming.IsDue"/>
    public bool IsDue(long step, bool isLast, bool isBest, TimeSpan elapsed, TrainerOptions options) =>
        _timing.IsDue(step, isLast, isBest, elapsed, options);

    /// <summary>
    /// Saves the run's state; returns once the model may change again. Of several ranks the first writes, once all have found that their
    /// weights are the same; the others take note.
    /// </summary>
    /// <exception cref="ReplicasDifferException">The weights of the ranks differ.</exception>
    public void Save(TrainerState state, TimeSpan elapsed, TrainerOptions options)
    {
        ReplicaCheck.Require(ranks, parameters, state.Step);
        (optimizer as ShardedOptimizer)?.Collect();
        if (!ranks.IsFirst())
        {
            TakeNote(state.Step, state, elapsed);
            return;
        }
        _saved = null; // until it is known that what came before has been written
        CheckpointRetention kept = new(options.KeepCheckpoints, options.KeepBest ? state.Best?.Step : null);
        _writer.Save(state.Step, FilesOf(state, TorchRandom.Get(), elapsed, options), state.Best?.Step, kept,
            options.CheckpointInBackground);
        _saved = state;
        _timing.SavedAt = elapsed;
    }

    /// <summary>The step of a checkpoint that has been written since the last call; null where there is none.</summary>
    public long? TakeWritten() => _writer.TakeWritten();

    /// <summary>What could not be removed since the last call.</summary>
    public IEnumerable<string> TakeWarnings() => _writer.TakeWarnings();

    /// <summary>Waits for what is still being written.</summary>
    public void Wait() => _writer.Wait();

    /// <summary>Waits, and frees the memory of the copies.</summary>
    public void Release() => _writer.Release();

    /// <summary>Saves what is good where the run ends with an exception; removes no other checkpoint.</summary>
    /// <param name="state">The state between two steps that the run can go on from.</param>
    /// <param name="torchRandom">That of libtorch's generator then.</param>
    /// <param name="elapsed">What the run's clock tells.</param>
    /// <param name="isWhole">Whether the model is as it was then.</param>
    /// <returns>
    /// What there is to go on from and why not more, in a sentence or two; null where nothing was learnt yet, and where that is another
    /// rank's affair.
    /// </returns>
    public string? LeaveLastGood(TrainerState state, byte[] torchRandom, TimeSpan elapsed, TrainerOptions options, bool isWhole)
    {
        if (!ranks.IsFirst()) return null;
        List<string> told = [];
        try
        {
            _writer.Wait();
        }
        catch (Exception exception)
        {
            _saved = null;
            told.Add($"A checkpoint could not be saved: {exception.Message}");
        }
        if (!Hold(state) || SavedStep != state.Step)
        {
            if (isWhole && state.Step == 0 && SavedStep is null) return null;
            if (FindProblem(state, torchRandom, elapsed, options, isWhole) is string problem) told.Add(problem);
        }
        told.Add(SavedStep is long step ? $"The checkpoint of step {step} holds the last good state."
            : "There is no checkpoint to go on from.");
        return string.Join(" ", told);
    }

    /// <summary>Why the state cannot be saved, as a sentence; null where it has been.</summary>
    private string? FindProblem(TrainerState state, byte[] torchRandom, TimeSpan elapsed, TrainerOptions options, bool isWhole)
    {
        if (!isWhole)
            return "The model was being changed then, so that what is in memory is neither the state before the step nor the one after it, "
                + "and was not saved.";
        if (optimizer is ShardedOptimizer { IsCollected: false })
            return $"The optimizer's state of step {state.Step} is divided among ranks that have ended, and was not saved.";
        try
        {
            if (!ParameterHealth.AreFinite(parameters))
                return $"The model of step {state.Step} holds numbers that are not finite, and was not saved.";
            _writer.Save(state.Step, FilesOf(state, torchRandom, elapsed, options), state.Best?.Step, kept: null, inBackground: false);
            _saved = state;
            return null;
        }
        catch (Exception exception)
        {
            return $"The state of step {state.Step} could not be saved: {exception.Message.TrimEnd('.')}.";
        }
    }

    private CheckpointFile[] FilesOf(TrainerState state, byte[] torchRandom, TimeSpan elapsed, TrainerOptions options)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(state with
        {
            ElapsedSeconds = elapsed.TotalSeconds,
            Options = options with { Precision = model.Precision },
            Processor = ComputePlan.ProcessorKind,
            Identity = identity.Value,
        }, TrainerJson.Default.TrainerState);
        return [new(CheckpointManifest.TrainerFile, stream => stream.Write(json)),
            new(CheckpointManifest.TorchRandomFile, stream => stream.Write(torchRandom))];
    }
}
