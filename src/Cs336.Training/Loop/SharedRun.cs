using System.Text.Json;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Puts every rank in the state that rank 0 is in: only rank 0 reads checkpoints, so that a run's folder need be there alone.
/// </summary>
internal sealed class SharedRun(IRankGroup ranks, TransformerLM model, IOptimizer optimizer, RunState run, RunClock clock,
    RunCheckpoints? checkpoints, Lazy<RunIdentity> identity, WeightAverage? average)
{
    /// <summary>Hands rank 0's state to all others.</summary>
    /// <exception cref="InvalidDataException">A rank learns from other data than rank 0, or cannot take the state over.</exception>
    public void Share()
    {
        if (ranks.Size == 1) return;
        byte[] told = ranks.Share(ranks.IsFirst() ? Describe() : null);
        byte[] torchRandom = ranks.Share(ranks.IsFirst() ? TorchRandom.Get() : null);
        ranks.Together(() => Compare(told));
        if (ranks.IsFirst())
        {
            Fill();
            return;
        }
        SharedState shared = Read(told);
        run.Adopt(shared.State with { Identity = null }, torchRandom, Fill);
        clock.SetTo(TimeSpan.FromSeconds(shared.State.ElapsedSeconds));
        if (shared.SavedStep is long saved)
            checkpoints?.TakeNote(saved, saved == shared.State.Step ? run.Current : null, clock.Elapsed);
    }

    private void Fill()
    {
        ranks.Fill([.. CheckpointTensors.Of(model).Values, .. average?.Tensors ?? []]);
        if (optimizer is ShardedOptimizer sharded) sharded.Distribute();
        else ranks.Fill([.. optimizer.State.Values]);
    }

    private static SharedState Read(byte[] told) => JsonSerializer.Deserialize(told, TrainerJson.Default.SharedState)!;

    private byte[] Describe() => JsonSerializer.SerializeToUtf8Bytes(
        new SharedState(run.Current with { Identity = identity.Value, ElapsedSeconds = clock.Elapsed.TotalSeconds })
        {
            SavedStep = checkpoints?.SavedStep,
        },
        TrainerJson.Default.SharedState);

    private void Compare(byte[] told)
    {
        RunIdentity first = Read(told).State.Identity!, own = identity.Value;
        if (first.Optimizer != own.Optimizer)
            throw new InvalidDataException($"it has the optimizer {own.Optimizer}, but rank 0 has {first.Optimizer}.");
        for (int i = 0; i < Math.Max(first.Texts.Count, own.Texts.Count); i++)
            if (i >= first.Texts.Count || i >= own.Texts.Count || first.Texts[i] with { Path = "" } != own.Texts[i] with { Path = "" })
                throw new InvalidDataException("it learns from other tokens than rank 0, in "
                    + $"{(i < own.Texts.Count ? own.Texts[i] : first.Texts[i]).Path}: give every rank the same files.");
        if (first.Validation != own.Validation)
            throw new InvalidDataException("it has other validation data than rank 0: give every rank the same file.");
    }
}
