using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>
/// Numbers to blocks of Q4_0. ggml's reference quantization takes the scale that makes the number of largest magnitude -8; here several
/// scales are tried, and the one that comes nearest to the numbers is taken. The bytes do not depend on the processor.
/// </summary>
internal static class GgufFourBits
{
    private const int Block = WeightBlocks.Numbers, Half = Block / 2, Lanes = 8, Middle = WeightBlocks.Q4Middle;

    // What the number of largest magnitude is tried as before it is rounded, from -6.75 to -9. Beyond -8 it is cut off, but the other
    // numbers get finer steps; nearer to zero some integers are not used.
    private const float FirstTried = -6.75f, Step = -0.15f;
    private const int Tried = 16;

    /// <summary>Writes a block.</summary>
    /// <param name="values">32 finite numbers.</param>
    /// <param name="bytes">Receives the scale, and a byte for a number of each half of the block.</param>
    /// <returns>Whether half precision holds the scale.</returns>
    public static bool TryWrite(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        System.Half scale = (System.Half)FindScale(values);
        if (!System.Half.IsFinite(scale)) return false;
        BinaryPrimitives.WriteHalfLittleEndian(bytes, scale);
        // The numbers are those of the scale as it is read again; a scale of zero makes all of them zero.
        float inverse = GgufElements.Inverse((float)scale);
        for (int i = 0; i < Half; i++)
        {
            bytes[WeightBlocks.ScaleBytes + i] =
                (byte)(NumberOf(values[i] * inverse) | (NumberOf(values[i + Half] * inverse) << 4));
        }
        return true;

        static int NumberOf(float value) => (int)Math.Clamp(MathF.Round(value), -Middle, Middle - 1) + Middle;
    }

    /// <summary>
    /// For integers q in place of numbers x the best scale is s = Σqx / Σq², which makes the error Σ(x - sq)² as small as it can be:
    /// Σx² - (Σqx)² / Σq². Of the integers that are tried, those with the largest (Σqx)² / Σq² are therefore the best.
    /// </summary>
    private static float FindScale(ReadOnlySpan<float> values)
    {
        float largest = GgufElements.Largest(values), inverse = GgufElements.Inverse(largest), best = 0, scale = 0;
        if (inverse == 0) return 0;
        for (int tried = 0; tried < Tried; tried++)
        {
            Vector256<float> factor = Vector256.Create(FirstTried + (tried * Step));
            Vector256<float> products = Vector256<float>.Zero, squares = products;
            for (int i = 0; i < Block; i += Lanes)
            {
                Vector256<float> x = Vector256.Create(values[i..]) * inverse; // so that no square is too large or too small
                Vector256<float> q = Vector256.Max(Vector256.Round(x * factor), Vector256.Create((float)-Middle));
                q = Vector256.Min(q, Vector256.Create((float)Middle - 1));
                products += q * x;
                squares += q * q;
            }
            (float product, float square) = (Sum(products), Sum(squares));
            if (product * product <= best * square) continue;
            (best, scale) = (product * product / square, product / square * largest);
        }
        return scale;
    }

    /// <summary>In one order on every processor.</summary>
    private static float Sum(Vector256<float> lanes)
    {
        float sum = 0;
        for (int i = 0; i < Lanes; i++) sum += lanes[i];
        return sum;
    }
}
