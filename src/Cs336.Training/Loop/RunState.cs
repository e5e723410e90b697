using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Where a run is: its state after the last whole step. A run that fails in the middle of the next step goes back to it.</summary>
internal sealed class RunState(TransformerLM model, IOptimizer optimizer, BatchReader batches, DivergenceJudge judge,
    WeightAverage? average = null)
{
    private byte[]? _torchRandom; // of libtorch's generator when the step under way began; null between two steps

    /// <summary>The state after the last whole step.</summary>
    public TrainerState Current { get; set; } = new() { Step = 0, TokensSeen = 0, ElapsedSeconds = 0, Sampler = batches.State };

    /// <summary>
    /// Whether the model is that of the state: false while the optimizer changes it, and where that failed until a checkpoint is restored.
    /// </summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Remembers the state of libtorch's generator, which the step may change, for <see cref="TakeBack"/>.</summary>
    public void BeginStep() => _torchRandom = TorchRandom.Get();

    /// <summary>The model changes from here on.</summary>
    public void BeginUpdate() => IsWhole = false;

    /// <summary>The step is done.</summary>
    public void EndStep(TrainerState state) =>
        (Current, _torchRandom, IsWhole) = (state with { Sampler = batches.State, Judge = judge.State }, null, true);

    /// <summary>Fills the model and its optimizer from a checkpoint.</summary>
    /// <param name="state">The state that the run is in then; its data cursor has been set.</param>
    public void Restore(SavedRun saved, TrainerState state)
    {
        IsWhole = false;
        saved.Load(model, optimizer, average);
        (Current, judge.State, _torchRandom, IsWhole) = (state, state.Judge, null, true);
    }

    /// <summary>Goes over to the state of another rank.</summary>
    /// <param name="torchRandom">The state of libtorch's generator there.</param>
    /// <param name="fill">Fills the model and its optimizer with the tensors that they have there.</param>
    public void Adopt(TrainerState state, byte[] torchRandom, Action fill)
    {
        IsWhole = false;
        fill();
        TorchRandom.Set(torchRandom);
        batches.State = state.Sampler;
        (Current, judge.State, _torchRandom, IsWhole) = (state, state.Judge, null, true);
    }

    /// <summary>
    /// Takes back what the step under way has begun, where the model was not changed yet: the batches that it has drawn come again.
    /// </summary>
    /// <returns>The state of libtorch's generator after the last whole step.</returns>
    public byte[] TakeBack()
    {
        byte[] torchRandom = _torchRandom ?? TorchRandom.Get();
        if (!IsWhole) return torchRandom;
        (batches.State, judge.State) = (Current.Sampler, Current.Judge);
        TorchRandom.Set(torchRandom);
        return torchRandom;
    }

    /// <exception cref="InvalidOperationException">The model is not whole.</exception>
    public void RequireWhole(long? savedStep)
    {
        if (IsWhole) return;
        throw new InvalidOperationException(savedStep is long step
            ? $"The model was left half changed by what ended the run: call Resume to go back to the checkpoint of step {step}."
            : "The model was left half changed by what ended the run, and there is no checkpoint to go back to: make model, optimizer and "
                + "trainer anew.");
    }
}
