using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Training;

/// <summary>The constants of one step of <see cref="AdamW"/> for one parameter, and the step itself in one pass over memory.</summary>
/// <param name="Scale">What gradients are multiplied by.</param>
/// <param name="Kept">1 - α λ.</param>
/// <param name="Towards">α / (1 - β₁ᵗ).</param>
/// <param name="Beta1">β₁.</param>
/// <param name="NewToFirst">1 - β₁, from double precision.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="NewToSecond">1 - β₂, from double precision.</param>
/// <param name="InverseCorrection">1 / √(1 - β₂ᵗ).</param>
/// <param name="Epsilon">ε.</param>
internal readonly record struct AdamWUpdate(
    float Scale, float Kept, float Towards, float Beta1, float NewToFirst, float Beta2, float NewToSecond, float InverseCorrection,
    float Epsilon)
{
    /// <summary>Updates some elements of a parameter and of its moments.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply(Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
    {
        int whole = parameter.Length - (parameter.Length % Vector<float>.Count);
        Span<Vector<float>> parameters = Vectors(parameter[..whole]), firsts = Vectors(first[..whole]), seconds = Vectors(second[..whole]);
        ReadOnlySpan<Vector<float>> gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient[..whole]);
        Vector<float> scale = new(Scale), kept = new(Kept), towards = new(Towards), beta1 = new(Beta1), newToFirst = new(NewToFirst);
        Vector<float> beta2 = new(Beta2), newToSecond = new(NewToSecond), correction = new(InverseCorrection), epsilon = new(Epsilon);
        for (int i = 0; i < gradients.Length; i++)
        {
            Vector<float> g = gradients[i] * scale;
            Vector<float> m = Vector.FusedMultiplyAdd(newToFirst, g, firsts[i] * beta1);
            Vector<float> v = Vector.FusedMultiplyAdd(newToSecond, g * g, seconds[i] * beta2);
            firsts[i] = m;
            seconds[i] = v;
            Vector<float> denominator = Vector.FusedMultiplyAdd(Vector.SquareRoot(v), correction, epsilon);
            parameters[i] = (parameters[i] * kept) - (towards * (m / denominator));
        }
        for (int i = whole; i < parameter.Length; i++)
        {
            float g = gradient[i] * Scale;
            float m = first[i] = MathF.FusedMultiplyAdd(NewToFirst, g, first[i] * Beta1);
            float v = second[i] = MathF.FusedMultiplyAdd(NewToSecond, g * g, second[i] * Beta2);
            parameter[i] = (parameter[i] * Kept) - (Towards * (m / MathF.FusedMultiplyAdd(MathF.Sqrt(v), InverseCorrection, Epsilon)));
        }
    }

    private static Span<Vector<float>> Vectors(Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);
}
