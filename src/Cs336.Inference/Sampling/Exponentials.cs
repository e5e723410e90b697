using System.Numerics;

namespace Cs336.Inference;

/// <summary>The numerator of a softmax, as many numbers at a time as the processor has lanes.</summary>
internal static class Exponentials
{
    /// <summary>The weight of the likeliest: exp(0) as <see cref="Fill"/> computes it, which may miss 1 by a rounding.</summary>
    public static readonly float Greatest = Vector.Exp(Vector<float>.Zero)[0];

    /// <summary>Sets <paramref name="weights"/> to exp((logits - max) · scale) and returns their sum.</summary>
    /// <param name="logits">The logits; may be the same memory as <paramref name="weights"/>.</param>
    /// <param name="max">Their greatest, so that no exponent is above 0.</param>
    /// <param name="scale">One over the temperature; positive and finite.</param>
    /// <param name="weights">0 to <see cref="Greatest"/>.</param>
    public static double Fill(ReadOnlySpan<float> logits, float max, float scale, Span<float> weights)
    {
        Vector<float> maxes = new(max), scales = new(scale);
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> exponentials = Vector.Exp((new Vector<float>(logits[i..]) - maxes) * scales);
            exponentials.CopyTo(weights[i..]);
            Vector.Widen(exponentials, out Vector<double> low, out Vector<double> high);
            sums += low + high;
        }
        double sum = Vector.Sum(sums);
        if (i < logits.Length)
        {
            // Through the same code as the rest, so that a weight does not depend on where its logit stands.
            Span<float> last = stackalloc float[Vector<float>.Count];
            last.Fill(float.NegativeInfinity);
            logits[i..].CopyTo(last);
            Vector.Exp((new Vector<float>(last) - maxes) * scales).CopyTo(last);
            last[..(logits.Length - i)].CopyTo(weights[i..]);
            for (; i < logits.Length; i++) sum += weights[i];
        }
        return sum;
    }
}
