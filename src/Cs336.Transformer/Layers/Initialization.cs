using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Initial values of parameters, as Stanford's CS336 sets them.</summary>
internal static class Initialization
{
    /// <summary>A (out_features, in_features) matrix drawn from N(0, 2 / (in + out)) truncated at ±3σ (Glorot and Bengio, 2010).</summary>
    public static Parameter LinearWeight(long inFeatures, long outFeatures, Generator? generator, Device device) =>
        TruncatedNormal([outFeatures, inFeatures], Math.Sqrt(2.0 / (inFeatures + outFeatures)), generator, device);

    /// <summary>A (vocab_size, d_model) matrix drawn from N(0, 1) truncated at ±3.</summary>
    public static Parameter EmbeddingWeight(long vocabSize, long dModel, Generator? generator, Device device) =>
        TruncatedNormal([vocabSize, dModel], 1, generator, device);

    /// <summary>A vector of ones.</summary>
    public static Parameter Ones(long length, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        return Keep(ones(length, dtype: float32, device: device));
    }

    /// <summary>A vector of zeros.</summary>
    public static Parameter Zeros(long length, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        return Keep(zeros(length, dtype: float32, device: device));
    }

    /// <summary>Sets a parameter that was drawn to zeros: what is drawn after it is what it would be otherwise.</summary>
    public static void Clear(Parameter parameter)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        parameter.zero_();
    }

    private static Parameter TruncatedNormal(long[] shape, double standardDeviation, Generator? generator, Device device)
    {
        // Inverse-transform sampling: u uniform between Φ(-3) and Φ(3), then x = Φ⁻¹(u) = √2 · erf⁻¹(2u - 1); erf(3/√2) = 2Φ(3) - 1.
        // Drawn on the CPU whatever the device, so that a seed means the same model everywhere.
        const double ErfOfThreeSigma = 0.9973002039367398;
        using DisposeScope scope = NewDisposeScope();
        using Scalar width = 2 * ErfOfThreeSigma, shift = ErfOfThreeSigma, scale = Math.Sqrt(2) * standardDeviation;
        using Scalar min = -3 * standardDeviation, max = 3 * standardDeviation;
        // Made empty and then filled: TorchSharp's rand reports no failed allocation, and what follows it ends the process.
        Tensor value =
            empty(shape, dtype: float32).uniform_(0, 1, generator).mul_(width).sub_(shift).erfinv_().mul_(scale).clamp_(min, max);
        return Keep(value.to(device));
    }

    private static Parameter Keep(Tensor value)
    {
        Parameter parameter = new(value, requires_grad: true);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
