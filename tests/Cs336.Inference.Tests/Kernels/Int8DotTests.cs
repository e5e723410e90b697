using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Inference.Tests;

public sealed unsafe class Int8DotTests
{
    [Fact]
    public void Bytes_widened_step_by_step_give_the_exact_sum() => AssertExact<PortableDot>();

    [Fact]
    public void Magnitudes_and_signs_give_the_exact_sum()
    {
        if (Avx2.IsSupported) AssertExact<SignedDot>();
        else Assert.DoesNotContain(Kernels.Supported, kernels => kernels.Name.Contains("AVX", StringComparison.Ordinal));
    }

    [Fact]
    public void The_instruction_made_for_it_gives_the_exact_sum()
    {
        if (AvxVnni.IsSupported) AssertExact<VnniDot>();
        else Assert.DoesNotContain(Kernels.Supported, kernels => kernels.Name.Contains("VNNI", StringComparison.Ordinal));
    }

    /// <summary>Weights may be all that a byte holds, also -128, which a file can have; inputs go from -127 to 127.</summary>
    private static void AssertExact<TDot>() where TDot : IInt8Dot
    {
        const int Block = Activations.Block;
        Random random = new(4);
        sbyte* weights = stackalloc sbyte[Block], inputs = stackalloc sbyte[Block];
        for (int trial = 0; trial < 1000; trial++)
        {
            int expected = 0, sum = 0;
            for (int i = 0; i < Block; i++)
            {
                // The first trials are the extremes, in which intermediate sums are largest.
                weights[i] = trial switch { < 4 => (sbyte)(trial % 2 == 0 ? -128 : 127), _ => (sbyte)random.Next(-128, 128) };
                inputs[i] = trial switch { < 4 => (sbyte)(trial < 2 ? -127 : 127), _ => (sbyte)random.Next(-127, 128) };
                expected += weights[i] * inputs[i];
                sum += inputs[i];
            }
            Vector256<int> lanes = TDot.AddBlock(
                TDot.Begin(-128 * sum), TDot.Prepare(weights), TDot.Prepare(weights + 32), weights, inputs);
            Assert.Equal(expected, Vector256.Sum(lanes));
            AssertHalfExact<TDot>(weights, inputs);
        }
    }

    private static void AssertHalfExact<TDot>(sbyte* weights, sbyte* inputs) where TDot : IInt8Dot
    {
        byte* small = stackalloc byte[32];
        int signed = 0, unsigned = 0;
        for (int i = 0; i < 32; i++)
        {
            signed += (weights[i] + (TDot.ExcessShift is int shift ? 1 << shift : 0)) * inputs[i];
            small[i] = (byte)(weights[i] & 15);
            unsigned += small[i] * inputs[i];
        }
        Assert.Equal(signed, Vector256.Sum(TDot.SignedProducts(weights, inputs)));
        Vector256<sbyte> values = Vector256.Load(inputs);
        Assert.Equal(signed + 8, Vector256.Sum(TDot.AddSigned(Vector256<int>.One, TDot.Unpack(weights), values)));
        Assert.Equal(unsigned + 8, Vector256.Sum(TDot.AddUnsigned(Vector256<int>.One, Vector256.Load(small), values)));
    }
}
