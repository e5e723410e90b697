using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The activation SiLU(z) = z · σ(z) (Elfwing et al., 2017), also called swish.</summary>
internal static class Silu
{
    /// <summary>Applies it to each element; the shape stays.</summary>
    public static Tensor Apply(Tensor z, ComputePath path) => path == ComputePath.Fast ? nn.functional.silu(z) : z * z.sigmoid();
}
