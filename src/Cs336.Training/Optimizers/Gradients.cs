using System.Numerics;
using System.Runtime.CompilerServices;
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
        return gradients.All(NativeVector.CanBeOf) ? NormInOnePass(gradients) : Norm(gradients);
    }

    /// <summary>
    /// Steps with the gradients that <see cref="ClipByGlobalNorm"/> would leave, for a caller that knows the norm already. An
    /// <see cref="IGradientScalingOptimizer"/> scales them as it reads them, and they stay as they are; for others they are scaled in place.
    /// </summary>
    /// <param name="optimizer">What updates the parameters.</param>
    /// <param name="parameters">The parameters that it updates.</param>
    /// <param name="norm">‖g‖, from <see cref="GlobalNorm"/>.</param>
    /// <param name="maxNorm">M, above 0; positive infinity does not clip.</param>
    /// <param name="learningRate">α of this step; finite and not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNorm"/> is not above 0, or the learning rate is not sound.</exception>
    public static void StepClipped(IOptimizer optimizer, IReadOnlyList<NamedParameter> parameters, double norm, double maxNorm, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(parameters);
        CheckMaxNorm(maxNorm);
        double factor = ClippingFactor(norm, maxNorm);
        if (optimizer is IGradientScalingOptimizer scaling)
        {
            scaling.Step(learningRate, factor);
            return;
        }
        Scale(parameters, factor);
        optimizer.Step(learningRate);
    }

    internal static void Clear(IReadOnlyList<NamedParameter> parameters)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, Tensor parameter) in parameters)
            parameter.grad = null;
    }

    private static void CheckMaxNorm(double maxNorm)
    {
        if (!(maxNorm > 0)) throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, "The largest gradient norm must be above 0.");
    }

    private static double ClippingFactor(double norm, double maxNorm) => norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;

    private static void Scale(IReadOnlyList<NamedParameter> parameters, double factor)
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
        NativeVector[] vectors = [.. gradients.Select(NativeVector.Of)];
        double[] sums = new double[Blocks.Count(lengths)];
        Blocks.ForEach(lengths, (block, vector, start, length) => sums[block] = SumOfSquares(vectors[vector].Slice(start, length)));
        return Math.Sqrt(sums.Sum());
    }

    /// <summary>Σ x², in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double SumOfSquares(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        // Four sums, because an addition that waits for the one before takes longer than memory does.
        Vector<double> a = Vector<double>.Zero, b = Vector<double>.Zero, c = Vector<double>.Zero, d = Vector<double>.Zero;
        for (int i = 1; i < vectors.Length; i += 2)
        {
            Vector.Widen(vectors[i - 1], out Vector<double> low, out Vector<double> high);
            Vector.Widen(vectors[i], out Vector<double> nextLow, out Vector<double> nextHigh);
            a = Vector.FusedMultiplyAdd(low, low, a);
            b = Vector.FusedMultiplyAdd(high, high, b);
            c = Vector.FusedMultiplyAdd(nextLow, nextLow, c);
            d = Vector.FusedMultiplyAdd(nextHigh, nextHigh, d);
        }
        double sum = Vector.Sum(a + b + (c + d));
        foreach (float value in values[(vectors.Length / 2 * 2 * Vector<float>.Count)..]) sum += (double)value * value;
        return sum;
    }
}
