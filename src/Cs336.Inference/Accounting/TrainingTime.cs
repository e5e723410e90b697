namespace Cs336.Inference;

/// <summary>
/// How well training uses a processor, and how long a run takes, from the model's <see cref="FlopCount.Total"/> of a training step.
/// </summary>
public static class TrainingTime
{
    /// <summary>
    /// Model FLOPs utilisation (Chowdhery et al., 2022): the floating-point operations that the model needs per second at a measured
    /// speed, over the most that the processor can do.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequenceLength">T, tokens per sequence.</param>
    /// <param name="tokensPerSecond">Measured speed of training.</param>
    /// <param name="peakFlopsPerSecond">What the processor can do, such as 19.5e12 for an A100 in float32.</param>
    /// <returns>A fraction; above 1 where the peak is less than what was done.</returns>
    /// <exception cref="ArgumentException">The configuration is not sound, or a number is not above 0 and finite.</exception>
    public static double Mfu(TransformerConfig config, int sequenceLength, double tokensPerSecond, double peakFlopsPerSecond)
    {
        AccountingInput.CheckAboveZero(tokensPerSecond);
        AccountingInput.CheckAboveZero(peakFlopsPerSecond);
        return (double)FlopCount.Training(config, sequenceLength).Total / sequenceLength * tokensPerSecond / peakFlopsPerSecond;
    }

    /// <summary>Days that a run takes: steps · training FLOPs of a batch / (peak · MFU) / 86,400.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequenceLength">T, tokens per sequence.</param>
    /// <param name="batch">Sequences per batch.</param>
    /// <param name="steps">How many optimizer steps the run has.</param>
    /// <param name="peakFlopsPerSecond">What the processor can do.</param>
    /// <param name="mfu">Which fraction of it the training uses; above 0, at most 1.</param>
    /// <param name="matrixProductsOnly">
    /// Whether matrix products alone count, as in the course of 2026, and not what goes element by element.
    /// </param>
    /// <exception cref="ArgumentException">The configuration is not sound, or a number is outside its range.</exception>
    public static double Days(
        TransformerConfig config, int sequenceLength, int batch, long steps, double peakFlopsPerSecond, double mfu,
        bool matrixProductsOnly = false)
    {
        AccountingInput.CheckAtLeastOne(steps);
        AccountingInput.CheckAboveZero(peakFlopsPerSecond);
        if (!(mfu > 0 && mfu <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(mfu), $"mfu is {mfu}, but must be above 0 and at most 1: it is a fraction, not a percentage.");
        const double SecondsPerDay = 86_400;
        FlopCount flops = FlopCount.Training(config, sequenceLength, batch);
        return steps * (double)(matrixProductsOnly ? flops.MatrixProducts : flops.Total) / (peakFlopsPerSecond * mfu) / SecondsPerDay;
    }
}
