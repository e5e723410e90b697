using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Testing;

/// <summary>In each process that <c>.ci/without</c> starts tests in: the runtime has not what was switched off, and has the rest.</summary>
public class InstructionSetTests
{
    [SwitchedOffFact]
    public void Vectors_are_as_wide_as_was_asked_for()
    {
        int widest = Vector512.IsHardwareAccelerated ? 512
            : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128
            : 0;
        int expected = SwitchedOffFactAttribute.Without switch
        {
            "avx512" => IsX86 ? 256 : 128,
            "avx" => 128,
            "vectors" => 0,
            string other => throw new InvalidOperationException($"CS336_WITHOUT is {other}, which .ci/without does not know."),
            null => throw new InvalidOperationException("CS336_WITHOUT is not set."),
        };
        Assert.Equal(expected, widest);
        Assert.Equal(expected != 0, Vector.IsHardwareAccelerated);
    }

    [SwitchedOffFact]
    public void Instructions_that_were_switched_off_are_not_supported()
    {
        bool avx = SwitchedOffFactAttribute.Without == "avx512" && IsX86, vectors = SwitchedOffFactAttribute.Without != "vectors";
        bool[] widest = [Avx512F.IsSupported, Avx512BW.IsSupported, Avx512Vbmi.IsSupported, Avx10v1.IsSupported, AvxVnni.IsSupported];
        Assert.All(widest, Assert.False);
        Assert.Equal([avx, avx, avx], [Avx.IsSupported, Avx2.IsSupported, Fma.IsSupported]);
        Assert.Equal(vectors && IsX86, Sse42.IsSupported);
        Assert.Equal(vectors && !IsX86, AdvSimd.IsSupported);
    }

    private static bool IsX86 => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
}
