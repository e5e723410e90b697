namespace Cs336.Training;

/// <summary>What can be done with any optimizer.</summary>
public static class OptimizerExtensions
{
    /// <summary>
    /// Steps with the gradients that <see cref="Gradients.ClipByGlobalNorm"/> would leave, for a caller that knows the norm already. An
    /// <see cref="IGradientScalingOptimizer"/> scales them as it reads them, and they stay as they are; for others they are scaled
    /// in place.
    /// </summary>
    /// <param name="optimizer">What updates the parameters.</param>
    /// <param name="parameters">The parameters that it updates.</param>
    /// <param name="norm">‖g‖, from <see cref="Gradients.GlobalNorm"/>.</param>
    /// <param name="maxNorm">M, above 0; positive infinity does not clip.</param>
    /// <param name="learningRate">α of this step; finite and not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="maxNorm"/> is not above 0, or the learning rate is not sound.
    /// </exception>
    public static void StepClipped(
        this IOptimizer optimizer, IReadOnlyList<NamedParameter> parameters, double norm, double maxNorm, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(parameters);
        Gradients.CheckMaxNorm(maxNorm);
        double factor = Gradients.ClippingFactor(norm, maxNorm);
        if (optimizer is IGradientScalingOptimizer scaling)
        {
            scaling.Step(learningRate, factor);
            return;
        }
        Gradients.Scale(parameters, factor);
        optimizer.Step(learningRate);
    }
}
