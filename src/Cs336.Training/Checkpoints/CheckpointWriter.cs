using System.Text;
using System.Text.Json;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Saves a run's checkpoints and removes those that are no longer kept. In the background only the copying into main memory
/// holds the training up; one checkpoint is written at a time, and what goes wrong comes out at the next call.
/// </summary>
internal sealed class CheckpointWriter : IDisposable
{
    private readonly VerifiedCheckpoints _store;
    private readonly TransformerLM _model;
    private readonly TensorSnapshot _weights;
    private readonly TensorSnapshot _optimizerState;
    private readonly TrainerOptions _options;
    private Task _writing = Task.CompletedTask;
    private long? _written;

    public CheckpointWriter(VerifiedCheckpoints store, TransformerLM model, IOptimizer optimizer, TrainerOptions options)
    {
        _store = store;
        _model = model;
        _weights = new TensorSnapshot(model.named_parameters().ToDictionary(item => item.name, Tensor (item) => item.parameter));
        _optimizerState = new TensorSnapshot(optimizer.State);
        _options = options;
    }

    /// <summary>Saves a checkpoint; returns once the model may change again. Waits for one that is still being written.</summary>
    public void Save(TrainerState state)
    {
        _writing.GetAwaiter().GetResult();
        IReadOnlyDictionary<string, Tensor> weights = _weights.Take(), optimizerState = _optimizerState.Take();
        byte[] config = Encoding.UTF8.GetBytes(_model.Config.ToJson());
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(state, TrainingJson.Default.TrainerState);
        byte[] torchRandom = TorchRandom.Get();
        CheckpointPart[] parts =
        [
            new(CheckpointManifest.ModelPart, stream => NamedTensors.Save(weights, stream)),
            new(CheckpointManifest.OptimizerPart, stream => NamedTensors.Save(optimizerState, stream)),
            new(CheckpointManifest.ConfigPart, stream => stream.Write(config)),
            new(CheckpointManifest.StatePart, stream => stream.Write(json)),
            new(CheckpointManifest.TorchRandomPart, stream => stream.Write(torchRandom)),
        ];
        _writing = Task.Run(() => Write(state, parts));
        if (!_options.CheckpointInBackground) _writing.GetAwaiter().GetResult();
    }

    /// <summary>The step of a checkpoint that has been written since the last call; null where there is none.</summary>
    public long? TakeWritten()
    {
        if (!_writing.IsCompleted) return null;
        _writing.GetAwaiter().GetResult();
        long? written = _written;
        _written = null;
        return written;
    }

    /// <summary>Waits for what is still being written.</summary>
    public void Finish() => _writing.GetAwaiter().GetResult();

    /// <summary>Waits for what is still being written and frees the memory; a failure has come out before, or gives way to the one that ended the run.</summary>
    public void Dispose()
    {
        Task.WhenAny(_writing).GetAwaiter().GetResult();
        _weights.Dispose();
        _optimizerState.Dispose();
    }

    private void Write(TrainerState state, CheckpointPart[] parts)
    {
        _store.Save(state.Step, parts);
        HashSet<long> kept = [.. _store.List().Where(step => step <= state.Step).TakeLast(_options.KeepCheckpoints)];
        if (_options.KeepBest && state.Best is BestEvaluation best) kept.Add(best.Step);
        foreach (long old in _store.List().Where(step => step < state.Step && !kept.Contains(step))) _store.Delete(old);
        _written = state.Step;
    }
}
