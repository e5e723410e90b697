using System.Numerics;
using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>The numerator of a softmax, as many numbers at a time as the processor has lanes.</summary>
internal static unsafe class Exponentials
{
    /// <summary>The weight of the likeliest token: exp(0) as <see cref="Fill"/> computes it, which may miss 1 by a rounding.</summary>
    public static readonly float MaxWeight = Vector.Exp(Vector<float>.Zero)[0];

    /// <summary>Sets <paramref name="weights"/> to exp((logits - max) · scale) and returns their sum.</summary>
    /// <param name="logits">The logits; may be the same memory as <paramref name="weights"/>.</param>
    /// <param name="max">Their largest, so that no exponent is above 0.</param>
    /// <param name="scale">One over the temperature; positive and finite.</param>
    /// <param name="weights">0 to <see cref="MaxWeight"/>.</param>
    public static double Fill(ReadOnlySpan<float> logits, float max, float scale, Span<float> weights)
    {
        ScaledExponential exponential = new(max, scale);
        int whole = logits.Length / Vector<float>.Count * Vector<float>.Count;
        double sum;
        fixed (float* from = logits, to = weights)
            sum = Vector.Sum(MapAndSum.Run<Vector<float>, Vector<double>, ScaledExponential>(from, to, whole, exponential));
        if (whole == logits.Length) return sum;
        // Through the same code as the rest, so that a weight does not depend on where its logit stands.
        Span<float> last = stackalloc float[Vector<float>.Count];
        last.Fill(float.NegativeInfinity);
        logits[whole..].CopyTo(last);
        exponential.Map(new Vector<float>(last)).CopyTo(last);
        last[..(logits.Length - whole)].CopyTo(weights[whole..]);
        for (int i = whole; i < logits.Length; i++) sum += weights[i];
        return sum;
    }

    /// <summary>
    /// exp((x - max) · scale), added up in double precision, so that the draw sees the tokens of a large vocabulary's tail.
    /// </summary>
    private readonly struct ScaledExponential(float max, float scale) : IMapAndSum<Vector<float>, Vector<double>>
    {
        private readonly Vector<float> _maxes = new(max), _scales = new(scale);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Map(Vector<float> x) => Vector.Exp((x - _maxes) * _scales);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<double> Add(Vector<double> sum, Vector<float> mapped)
        {
            Vector.Widen(mapped, out Vector<double> low, out Vector<double> high);
            return sum + (low + high);
        }
    }
}
