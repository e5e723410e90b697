using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static string Cpu
    {
        get
        {
            const string Info = "/proc/cpuinfo";
            string? line = File.Exists(Info)
                ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                : null;
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        }
    }

    public static string System => RuntimeInformation.OSDescription;

    public static string Runtime =>
        $"{RuntimeInformation.FrameworkDescription} ({(Avx512BW.IsSupported ? "AVX-512" : Vector256.IsHardwareAccelerated ? "256-bit vectors" : "128-bit vectors or none")})";
}
