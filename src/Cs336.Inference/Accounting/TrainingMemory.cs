using System.Globalization;

namespace Cs336.Inference;

/// <summary>
/// Bytes that training a model with AdamW in float32 takes: parameters, gradients and AdamW's two moments whatever the batch,
/// and activations for each sequence of it.
/// </summary>
public sealed record TrainingMemory
{
    private const int BytesPerNumber = 4;

    /// <summary>Parameters: 4 bytes each.</summary>
    public required long Parameters { get; init; }

    /// <summary>Gradients: as much as the parameters.</summary>
    public required long Gradients { get; init; }

    /// <summary>First and second moments of AdamW: twice as much as the parameters.</summary>
    public required long OptimizerState { get; init; }

    /// <summary>Activations of one sequence.</summary>
    public required ActivationMemory ActivationsPerSequence { get; init; }

    /// <summary>a of a · batch + b: the activations of one sequence.</summary>
    public long PerSequence => ActivationsPerSequence.Total;

    /// <summary>b of a · batch + b: parameters, gradients and optimizer state.</summary>
    public long Fixed => Parameters + Gradients + OptimizerState;

    /// <summary>Bytes as an expression of the batch, such as <c>1,024 · batch + 4,096</c>.</summary>
    public string Expression => string.Create(CultureInfo.InvariantCulture, $"{PerSequence:N0} · batch + {Fixed:N0}");

    /// <summary>Estimates the memory that training takes, without building the model.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequenceLength">T, tokens per sequence; may exceed the configuration's context.</param>
    /// <param name="options">Which ways of saving memory to count with; null for none, as the course counts.</param>
    /// <exception cref="ArgumentException">The configuration is not sound, or a number is below 1.</exception>
    /// <exception cref="OverflowException">There are 2⁶³ bytes or more.</exception>
    public static TrainingMemory Of(TransformerConfig config, int sequenceLength, ActivationOptions? options = null)
    {
        Int128 parameters = (Int128)BytesPerNumber * ParameterCount.Of(config).Total;
        AccountingInput.ToInt64(4 * parameters, "bytes of parameters, gradients and optimizer state");
        return new TrainingMemory
        {
            Parameters = (long)parameters,
            Gradients = (long)parameters,
            OptimizerState = (long)(2 * parameters),
            ActivationsPerSequence = ActivationMemory.PerSequence(config, sequenceLength, options),
        };
    }

    /// <summary>Bytes at a batch size.</summary>
    /// <param name="batch">Sequences per batch, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batch"/> is negative.</exception>
    /// <exception cref="OverflowException">There are 2⁶³ bytes or more.</exception>
    public long At(long batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        return AccountingInput.ToInt64((Int128)PerSequence * batch + Fixed, "bytes to train with");
    }

    /// <summary>The largest batch that fits a memory; 0 where not even one sequence does.</summary>
    /// <param name="memoryBytes">Size of the memory, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="memoryBytes"/> is below 1.</exception>
    public long LargestBatch(long memoryBytes)
    {
        AccountingInput.CheckAtLeastOne(memoryBytes);
        return Math.Max(0, memoryBytes - Fixed) / PerSequence;
    }
}
