using System.Numerics;
using System.Runtime.InteropServices;
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
        double norm = gradients.All(NativeVector.CanBeOf) ? NormInOnePass(gradients) : Norm(gradients);
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

    /// <summary>The norm of the tensors' norms is the norm of all their elements.</summary>
    private static double Norm(Tensor[] gradients) =>
        stack([.. gradients.Select(gradient => gradient.norm().to(float64).cpu())]).norm().item<double>();

    private static double NormInOnePass(Tensor[] gradients)
    {
        long[] lengths = [.. gradients.Select(gradient => gradient.NumberOfElements)];
        NativeVector[] vectors = [.. gradients.Select(NativeVector.Of)];
        double[] sums = new double[Blocks.Count(lengths)];
        Blocks.ForEach(lengths, (block, vector, start, length) => sums[block] = SumOfSquares(vectors[vector].Slice(start, length)));
        return Math.Sqrt(sums.Sum());
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<double> lower = Vector<double>.Zero, upper = Vector<double>.Zero;
        foreach (Vector<float> vector in vectors)
        {
            Vector.Widen(vector, out Vector<double> low, out Vector<double> high);
            lower = Vector.FusedMultiplyAdd(low, low, lower);
            upper = Vector.FusedMultiplyAdd(high, high, upper);
        }
        double sum = Vector.Sum(lower + upper);
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..]) sum += (double)value * value;
        return sum;
    }
}
