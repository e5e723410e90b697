using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A linear map, x Wᵀ, by the fastest code that libtorch has for it. libtorch multiplies float32 matrices with MKL, which
/// on AMD's processors uses AVX2 even where they have AVX-512, and not at its best; its convolutions it gives to oneDNN, which uses all
/// that any processor has. A linear map is a convolution whose kernel covers one position.
/// </summary>
internal static class FastLinear
{
    /// <summary>Below this many vectors the product is short, and the call costs what it saves.</summary>
    private const long MinRows = 64;

    /// <summary>Below this many numbers libtorch does not give a convolution to oneDNN.</summary>
    private const long MinNumbers = 20_481;

    /// <summary>
    /// Below this many multiplications MKL is ahead of oneDNN where neither has AVX-512. Measured on AMD's Zen 3 and Zen 5: a batch of
    /// 1,024 vectors through 128x344 is 1.2 times as fast with MKL on the former, as fast on the latter; through 128x1950, 512x512 and
    /// all that is larger oneDNN is 1.1 to 1.35 times as fast on both.
    /// </summary>
    private const long MinMultiplications = 1L << 27;

    /// <summary>x Wᵀ. Differentiable.</summary>
    /// <param name="input">x, (..., in_features).</param>
    /// <param name="weight">W, (out_features, in_features), of the same type.</param>
    /// <returns>(..., out_features) of that type.</returns>
    public static Tensor Compute(Tensor input, Tensor weight)
    {
        Tensor x = RoundedFactor.Of(input), w = RoundedFactor.Of(weight);
        return GainsAsConvolution(x, w) ? AsConvolution(x, w).to_type(input.dtype) : MatrixProduct.OfRows(input, weight.t());
    }

    /// <summary>Which library multiplies here, and why, in words.</summary>
    public static string Describe() =>
        Processor.HasAvx512 ? $"oneDNN from {MinRows} vectors on, as it uses AVX-512 whoever made the processor; MKL below"
        : Processor.IsAmd
            ? $"oneDNN from {MinMultiplications:n0} multiplications on, as it is ahead of MKL there on AMD without AVX-512; MKL below"
        : "libtorch's own choice";

    private static bool GainsAsConvolution(Tensor input, Tensor weight)
    {
        if (input.dtype != float32 || input.device_type != DeviceType.CPU) return false;
        long numbers = input.numel(), width = input.size(-1);
        if (numbers < MinNumbers || numbers < MinRows * width) return false;
        if (!Processor.HasAvx512 && !(Processor.IsAmd && numbers * weight.size(0) >= MinMultiplications)) return false;
        return get_num_threads() > 1; // with one thread libtorch keeps such a convolution to itself
    }

    /// <summary>
    /// The rows of x are the positions of one image of height 1, its features the channels, which lie next to each other.
    /// </summary>
    private static Tensor AsConvolution(Tensor input, Tensor weight)
    {
        Tensor image = input.reshape(1, 1, -1, input.size(-1)).permute(0, 3, 1, 2); // (1, in_features, 1, N)
        Tensor product = nn.functional.conv2d(image, weight.unsqueeze(-1).unsqueeze(-1)); // (1, out_features, 1, N)
        long[] shape = input.shape;
        shape[^1] = weight.size(0);
        return product.permute(0, 2, 3, 1).reshape(shape);
    }
}
