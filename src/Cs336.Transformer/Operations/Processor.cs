using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cs336.Simd;

namespace Cs336.Transformer;

/// <summary>What the processor has that the fast path asks for, as far as this process may use it.</summary>
internal static class Processor
{
    /// <summary>oneDNN's names for instruction sets that multiply no bfloat16 numbers.</summary>
    private static readonly string[] WithoutBFloat16 =
        ["SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"];

    /// <summary>How many float32 numbers C# computes with at once, in words.</summary>
    public static string Vectors => FlashAttentionHead.Supported[0].Name;

    /// <summary>Whether AMD made it. MKL, which Intel makes, does not use all that such a processor has.</summary>
    public static bool IsAmd { get; } = ProcessorModel.Vendor == "AuthenticAMD";

    /// <summary>Whether C# may use AVX-512.</summary>
    public static bool HasAvx512 => Vector512.IsHardwareAccelerated;

    /// <summary>
    /// Whether libtorch multiplies bfloat16 matrices with instructions made for it (AVX-512 BF16, AMX). Without them it takes more than
    /// thirty times as long as for float32.
    /// </summary>
    public static bool MultipliesBFloat16 { get; } = FindBFloat16(Environment.GetEnvironmentVariable);

    /// <summary>The same, asking for oneDNN's settings.</summary>
    /// <param name="variable">An environment variable's value; null where it is not set.</param>
    internal static bool FindBFloat16(Func<string, string?> variable)
    {
        if (!HasBFloat16Instructions()) return false;
        // oneDNN obeys these two, the newer name first.
        string? limit = variable("ONEDNN_MAX_CPU_ISA") ?? variable("DNNL_MAX_CPU_ISA");
        return limit is null || !WithoutBFloat16.Contains(limit.Trim(), StringComparer.OrdinalIgnoreCase);
    }

    private static bool HasBFloat16Instructions()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7) return false;
        (int subleaves, _, _, int edx) = X86Base.CpuId(7, 0);
        bool amx = (edx & (1 << 22)) != 0, avx512 = subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        return amx || avx512;
    }
}
