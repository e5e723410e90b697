using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>What is done to all gradients at once.</summary>
public static class Gradients
{
    /// <summary>
    /// Scales the gradients, if need be, so that their joint L2 norm is at most <paramref name="maxNorm"/> (Pascanu et al., 2013):
    /// g ← g · M / (‖g‖ + 1e-6) where ‖g‖ > M.
    /// </summary>
    /// <param name="parameters">Whose gradients; those without one are passed over.</param>
    /// <param name="maxNorm">M, above 0; positive infinity only measures.</param>
    /// <returns>‖g‖ before the scaling; NaN or infinite where a gradient is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNorm"/> is not above 0.</exception>
    public static double ClipByGlobalNorm(IReadOnlyList<NamedParameter> parameters, double maxNorm)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (!(maxNorm > 0)) throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, "The largest gradient norm must be above 0.");
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] gradients = [.. parameters.Select(item => item.Parameter.grad).OfType<Tensor>()];
        if (gradients.Length == 0) return 0;
        // The norm of the tensors' norms is the norm of all their elements.
        double norm = stack(gradients.Select(gradient => gradient.norm()).ToArray()).norm().item<float>();
        if (norm > maxNorm)
        {
            using Scalar factor = maxNorm / (norm + 1e-6);
            foreach (Tensor gradient in gradients) gradient.mul_(factor);
        }
        return norm;
    }

    internal static void Clear(IReadOnlyList<NamedParameter> parameters)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, Tensor parameter) in parameters)
            parameter.grad = null;
    }

    internal static void CheckLearningRate(double learningRate)
    {
        if (!double.IsFinite(learningRate) || learningRate < 0)
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "The learning rate must be a finite number of at least 0.");
    }
}
