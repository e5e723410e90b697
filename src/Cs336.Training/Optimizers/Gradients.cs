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
        CheckMaxNorm(maxNorm);
        double norm = GlobalNorm(parameters);
        Scale(parameters, ClippingFactor(norm, maxNorm));
        return norm;
    }

    /// <summary>The joint L2 norm of the gradients, ‖g‖.</summary>
    /// <param name="parameters">Whose gradients; those without one are passed over.</param>
    /// <returns>0 without any; NaN or infinite where a gradient is.</returns>
    public static double GlobalNorm(IReadOnlyList<NamedParameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] gradients = [.. parameters.Select(item => item.Parameter.grad).OfType<Tensor>()];
        return gradients.All(TensorSpan.CanBeOf) ? NormInOnePass(gradients) : Norm(gradients);
    }

    internal static void Clear(IReadOnlyList<NamedParameter> parameters)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, Tensor parameter) in parameters)
            parameter.grad = null;
    }

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNorm"/> is not above 0.</exception>
    internal static void CheckMaxNorm(double maxNorm)
    {
        if (!(maxNorm > 0)) throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, "The largest gradient norm must be above 0.");
    }

    /// <summary>What <see cref="ClipByGlobalNorm"/> multiplies gradients of this norm by.</summary>
    internal static double ClippingFactor(double norm, double maxNorm) => norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;

    internal static void Scale(IReadOnlyList<NamedParameter> parameters, double factor)
    {
        if (factor == 1) return;
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar scale = factor;
        foreach (NamedParameter item in parameters) item.Parameter.grad?.mul_(scale);
    }

    /// <summary>The norm of the tensors' norms is the norm of all their elements.</summary>
    private static double Norm(Tensor[] gradients) =>
        stack([.. gradients.Select(gradient => gradient.norm().to(float64).cpu())]).norm().item<double>();

    private static double NormInOnePass(Tensor[] gradients)
    {
        long[] lengths = [.. gradients.Select(gradient => gradient.NumberOfElements)];
        TensorSpan[] vectors = [.. gradients.Select(TensorSpan.Of)];
        double[] sums = new double[ParallelBlocks.Count(lengths)];
        ParallelBlocks.ForEach(lengths, (block, vector, start, length) =>
            sums[block] = SumOfSquares.Of(vectors[vector].Slice(start, length)));
        return Math.Sqrt(sums.Sum());
    }
}
