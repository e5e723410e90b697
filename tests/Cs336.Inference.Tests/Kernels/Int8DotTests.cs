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
            AssertHalvesExact<TDot>(weights, inputs);
        }
    }

    /// <summary>The lower half of the lanes holds the sum of the first sixteen products, the upper half that of the others.</summary>
    private static void AssertHalvesExact<TDot>(sbyte* weights, sbyte* inputs) where TDot : IInt8Dot
    {
        const int Times = 8; // as often as sums of 16 bits hold it
        byte* small = stackalloc byte[32];
        int[] signed = [4, 4], unsigned = [0, 0]; // four lanes of one begin the signed ones
        for (int i = 0; i < 32; i++)
        {
            small[i] = (byte)(weights[i] & 15); // 15 in the trials whose weights are 127
            signed[i / 16] += (weights[i] + (TDot.ExcessShift is int shift ? 1 << shift : 0)) * inputs[i];
            unsigned[i / 16] += Times * small[i] * inputs[i];
        }
        Vector256<sbyte> values = Vector256.Load(inputs);
        AssertHalves(signed, TDot.AddSigned(Vector256<int>.One, TDot.Unpack(Vector256.Load((byte*)weights)), values));
        Vector256<int> sums = Vector256<int>.Zero;
        for (int i = 0; i < Times; i++) sums = TDot.AddUnsigned(sums, Vector256.Load(small), values);
        AssertHalves(unsigned, TDot.Total(sums));
    }

    private static void AssertHalves(int[] expected, Vector256<int> lanes) =>
        Assert.Equal(expected, new[] { Vector128.Sum(lanes.GetLower()), Vector128.Sum(lanes.GetUpper()) });
}
