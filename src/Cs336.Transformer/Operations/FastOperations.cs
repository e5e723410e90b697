using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Kernels that do at once what the equations do step by step: libtorch's where they are good, this library's own where not.
/// </summary>
internal sealed class FastOperations : LayerOperations
{
    public static FastOperations Instance { get; } = new();

    public override Tensor LinearMap(Tensor x, Tensor weight) => FastLinear.Compute(x, weight);

    public override Tensor Silu(Tensor z) => nn.functional.silu(z);

    /// <summary>A pair, as a complex number, is rotated by φ where it is multiplied by cos φ + i sin φ.</summary>
    public override Tensor Rotate(Tensor pairs, Tensor rotations) =>
        (SideBySide(pairs).view_as_complex() * rotations).view_as_real();

    public override Tensor Attend(Tensor queries, Tensor keys, Tensor values, long? window)
    {
        long queryCount = queries.size(2), keyCount = keys.size(2);
        bool isOnProcessor = queries.device_type == DeviceType.CPU, areWhole = queryCount == keyCount;
        if (isOnProcessor && areWhole && queries.dtype != float64)
            return FlashAttention.Attend(queries.to_type(float32), keys.to_type(float32), values.to_type(float32), window)
                .to_type(queries.dtype);
        // On the processor libtorch's kernel cannot be differentiated twice: TorchSharp lets the error end the process.
        if (isOnProcessor && is_grad_enabled() && (queries.requires_grad || keys.requires_grad || values.requires_grad))
            return ExplicitOperations.Instance.Attend(queries, keys, values, window);
        if (areWhole && !(window < keyCount)) return nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: true);
        Tensor? visible = ExplicitOperations.HiddenMask(queryCount, keyCount, window, queries.device)?.logical_not();
        return nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask: visible);
    }

    /// <summary>Complex numbers need their two parts next to each other, at an even place.</summary>
    private static Tensor SideBySide(Tensor pairs)
    {
        long[] strides = pairs.stride();
        bool fits = strides[^1] == 1 && pairs.storage_offset() % 2 == 0 && Array.TrueForAll(strides[..^1], stride => stride % 2 == 0);
        return fits ? pairs : pairs.contiguous();
    }
}
