namespace Cs336.Training;

/// <summary>
/// An optimizer that can multiply gradients while it reads them. Clipping then needs no pass over their memory of its own:
/// <see cref="OptimizerExtensions.StepClipped"/> hands such an optimizer the factor, and scales the gradients for every other.
/// </summary>
public interface IGradientScalingOptimizer : IOptimizer
{
    /// <summary>
    /// Updates every parameter that has a gradient, as if each gradient were <paramref name="gradientScale"/> times what it is.
    /// </summary>
    /// <param name="learningRate">α of this step; finite and not negative.</param>
    /// <param name="gradientScale">The factor; finite.</param>
    void Step(double learningRate, double gradientScale);
}
