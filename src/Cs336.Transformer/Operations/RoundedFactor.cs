using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Factors of bfloat16 products on a processor that has no instructions for them: the numbers, rounded to bfloat16 as they are, go into
/// a product in float32, whose result is rounded again. That is what the instructions compute, up to the order of the sums.
/// </summary>
internal static class RoundedFactor
{
    /// <summary>What takes part in the product in this tensor's place. Differentiable.</summary>
    public static Tensor Of(Tensor factor) =>
        factor.dtype == bfloat16 && factor.device_type == DeviceType.CPU && !Processor.MultipliesBFloat16
            ? factor.to_type(float32)
            : factor;
}
