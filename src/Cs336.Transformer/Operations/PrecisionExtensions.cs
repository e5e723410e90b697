using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>What a <see cref="Precision"/> means for tensors.</summary>
public static class PrecisionExtensions
{
    /// <summary>The element type of the factors of matrix products.</summary>
    public static ScalarType ToScalarType(this Precision precision) =>
        precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
}
