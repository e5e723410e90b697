using System.Collections.Concurrent;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Saves a run's checkpoints and removes those that are no longer kept. In the background only the copying into main memory
/// holds the training up; one checkpoint is written at a time, and a write that fails throws once, from the next call.
/// </summary>
internal sealed class CheckpointWriter(VerifiedCheckpoints store, TransformerLM model, IOptimizer optimizer, WeightAverage? average)
{
    private readonly TensorSnapshot _weights = new(CheckpointTensors.Of(model));
    private readonly TensorSnapshot? _average = average is null ? null : new(average.State);
    private readonly TensorSnapshot _optimizerState = new(optimizer.State);
    private readonly ConcurrentQueue<string> _warnings = [];
    private Task _writing = Task.CompletedTask;
    private long _newest = -1;
    private long? _untold; // the step that was written last, until TakeWritten has told of it

    /// <summary>The newest checkpoint that is known to be saved, from any thread; null where there is none.</summary>
    public long? Newest
    {
        get => Volatile.Read(ref _newest) is >= 0 and long step ? step : null;
        set => Volatile.Write(ref _newest, value ?? -1);
    }

    /// <summary>Saves a checkpoint; returns once the model may change again. Waits for one that is still being written.</summary>
    /// <param name="others">What it holds besides model and optimizer.</param>
    /// <param name="bestStep">The best checkpoint so far.</param>
    /// <param name="kept">Which others stay; null for all.</param>
    /// <param name="inBackground">Whether to write copies while the model changes; otherwise no memory is taken for copies.</param>
    public void Save(long step, IReadOnlyList<CheckpointFile> others, long? bestStep, CheckpointRetention? kept, bool inBackground)
    {
        Wait();
        CheckpointFile[] files = [.. FilesOf(Take(_weights, inBackground), _average is null ? null : Take(_average, inBackground),
            Take(_optimizerState, inBackground)), .. others];
        if (inBackground) _writing = Task.Run(() => Write(step, files, bestStep, kept));
        else Write(step, files, bestStep, kept);
    }

    /// <summary>The step of a checkpoint that has been written since the last call; null where there is none.</summary>
    public long? TakeWritten()
    {
        if (!_writing.IsCompleted) return null;
        Wait();
        long? written = _untold;
        _untold = null;
        return written;
    }

    /// <summary>What could not be removed since the last call.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        while (_warnings.TryDequeue(out string? warning)) yield return warning;
    }

    /// <summary>Waits for what is still being written.</summary>
    public void Wait()
    {
        try
        {
            _writing.GetAwaiter().GetResult();
        }
        finally
        {
            _writing = Task.CompletedTask;
        }
    }

    /// <summary>
    /// Waits for a checkpoint that is still being written, and frees the memory. Throws nothing: a failed write has thrown from an
    /// earlier call, or matters less than the exception that ended the run.
    /// </summary>
    public void Release()
    {
        Task.WhenAny(_writing).GetAwaiter().GetResult();
        _weights.Dispose();
        _average?.Dispose();
        _optimizerState.Dispose();
    }

    private static IReadOnlyDictionary<string, Tensor> Take(TensorSnapshot tensors, bool copies) =>
        copies ? tensors.Take() : tensors.Originals;

    /// <summary>Where there is an average, the weights that are measured are the model, and the others have a file of their own.</summary>
    private IEnumerable<CheckpointFile> FilesOf(IReadOnlyDictionary<string, Tensor> trained, IReadOnlyDictionary<string, Tensor>? averages,
        IReadOnlyDictionary<string, Tensor> optimizerState)
    {
        if (averages is null) return CheckpointTensors.ToFiles(model.Config, trained, optimizerState);
        bool isAverage = average!.Evaluated == EvaluatedWeights.Average;
        return
        [
            .. CheckpointTensors.ToFiles(model.Config, isAverage ? averages : trained, optimizerState),
            new CheckpointFile(isAverage ? WeightAverage.TrainedFile : WeightAverage.AverageFile,
                stream => NamedTensors.Save(isAverage ? trained : averages, stream)),
        ];
    }

    private void Write(long step, CheckpointFile[] files, long? bestStep, CheckpointRetention? kept)
    {
        store.Save(step, files, bestStep);
        Newest = _untold = step;
        if (kept is CheckpointRetention retention) RemoveOthers(step, retention);
    }

    /// <summary>
    /// Removes checkpoints that are no longer kept. A failure must not end the run: it is a warning, and the next save tries again.
    /// </summary>
    private void RemoveOthers(long step, CheckpointRetention kept)
    {
        try
        {
            long[] earlier = [.. store.List().Where(other => other < step)];
            (long Step, Exception? Failure)[] left =
                [.. earlier.SkipLast(kept.Latest - 1).Where(old => old != kept.Best).Select(old => (Step: old, Failure: TryRemove(old)))
                    .Where(item => item.Failure is not null)];
            if (left.Length > 0)
                _warnings.Enqueue("No longer kept, but not removed: "
                    + $"{string.Join(", ", left.Select(item => $"the checkpoint of step {item.Step}"))}. "
                    + $"{left[0].Failure!.Message.TrimEnd('.')}. It is tried again when the next one has been saved.");
        }
        catch (Exception exception)
        {
            _warnings.Enqueue($"Checkpoints that are no longer kept could not be looked for: {exception.Message}");
        }
    }

    private Exception? TryRemove(long step)
    {
        try
        {
            store.Delete(step);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}
