using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The soft cap of logits (Gemma 2, 2024), as an equation: c · tanh(z / c).</summary>
internal static class LogitSoftCap
{
    /// <summary>Capped logits; differentiable.</summary>
    /// <param name="logits">z, any shape.</param>
    /// <param name="cap">c; null for logits as they are.</param>
    public static Tensor Apply(Tensor logits, double? cap)
    {
        if (cap is not double value) return logits;
        using Scalar c = value;
        return logits.div(c).tanh().mul(c);
    }
}
