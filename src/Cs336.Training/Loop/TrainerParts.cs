using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>What a trainer makes for itself of its options.</summary>
internal static class TrainerParts
{
    /// <summary>This rank's part of a run's batches, which are drawn in the order that the options say.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for the batches.</exception>
    public static BatchReader CreateBatches(TransformerLM model, TokenMixture data, TrainerOptions options, IRankGroup ranks)
    {
        int length = options.WindowLength ?? model.ContextLength;
        IWindowSampler sampler = options.Sampling == WindowSampling.Epochs
            ? new EpochSampler(data, length, options.Seed)
            : new RandomWindowSampler(data, length, options.Seed);
        try
        {
            return new BatchReader(data, sampler, options.BatchSize, length, model.VocabSize, options.ReadAhead,
                RowsOf(options, ranks));
        }
        catch (OutOfMemoryException exception)
        {
            throw MemoryFailure.Of($"{options.ReadAhead + 2} batches of {options.BatchSize} windows of {length} tokens",
                "lower batch_size or read_ahead", exception);
        }
    }

    private static BatchRows RowsOf(TrainerOptions options, IRankGroup ranks)
    {
        (int batches, int smallest) = (options.AccumulationSteps, options.BatchSizeOf(0));
        // By rounding, a rank may get a window more of a smaller batch than of a larger one, so that every size is looked at.
        int most = Enumerable.Range(smallest, options.BatchSize - smallest + 1).Max(size => ranks.RowsOf(size).Count);
        return new BatchRows(number => options.BatchSizeOf(number / batches), ranks.RowsOf, most);
    }

    /// <summary>What to say where the memory for a step may not be there; null where it is, or nothing is known of a device's.</summary>
    public static string? FindMemoryWarning(TransformerLM model, IOptimizer optimizer, TrainerOptions options)
    {
        if (model.Device.type != TorchSharp.DeviceType.CPU) return null;
        long optimizerBytes = optimizer.State.Values.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);
        return RunMemory.Of(model.Config, model.Path, options, optimizerBytes).FindWarning();
    }
}
