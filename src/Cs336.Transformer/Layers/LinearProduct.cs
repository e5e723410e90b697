using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// The product of a linear map, x Wᵀ, by the fastest code that libtorch has for it. libtorch multiplies float32 matrices with
/// MKL, which on AMD's processors uses AVX2 even where they have AVX-512; its convolutions it gives to oneDNN, which uses
/// AVX-512 on any processor. A linear map is a convolution whose kernel covers one position, and as one it takes half the time.
/// </summary>
public static class LinearProduct
{
    /// <summary>Below this many vectors the product is short, and the call costs what it saves.</summary>
    private const long FewestRows = 64;

    /// <summary>Below this many numbers libtorch does not give a convolution to oneDNN.</summary>
    private const long FewestNumbers = 20_481;

    /// <summary>x Wᵀ. Differentiable.</summary>
    /// <param name="input">x, (..., in_features).</param>
    /// <param name="weight">W, (out_features, in_features), of the same type.</param>
    /// <param name="path">Which code does it.</param>
    /// <returns>(..., out_features) of the same type.</returns>
    public static Tensor Compute(Tensor input, Tensor weight, ComputePath path = ComputePath.Fast)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        return path == ComputePath.Fast && GainsAsConvolution(input) ? AsConvolution(input, weight) : matmul(input, weight.t());
    }

    private static bool GainsAsConvolution(Tensor input)
    {
        if (!Avx512F.IsSupported) return false;
        long numbers = input.numel();
        return numbers >= FewestNumbers && numbers >= FewestRows * input.size(-1)
            && input.dtype == float32 && input.device.type == TorchSharp.DeviceType.CPU
            && get_num_threads() > 1; // with one thread libtorch keeps such a convolution to itself
    }

    /// <summary>The rows of x are the positions of one image of height 1, its features the channels, which lie next to each other.</summary>
    private static Tensor AsConvolution(Tensor input, Tensor weight)
    {
        Tensor image = input.reshape(1, 1, -1, input.size(-1)).permute(0, 3, 1, 2); // (1, in_features, 1, N)
        Tensor product = nn.functional.conv2d(image, weight.unsqueeze(-1).unsqueeze(-1)); // (1, out_features, 1, N)
        long[] shape = input.shape;
        shape[^1] = weight.size(0);
        return product.permute(0, 2, 3, 1).reshape(shape);
    }
}
