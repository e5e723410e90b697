using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Cs336.Simd;

/// <summary>What a processor says of itself, whatever a process may use of it.</summary>
internal static class ProcessorModel
{
    /// <summary>The twelve letters that an x86 processor calls its maker by, such as "AuthenticAMD"; empty on others.</summary>
    public static string Vendor { get; } = ReadVendor();

    /// <summary>Maker, family and model, such as "AMD family 26 model 2"; the architecture where the processor does not tell.</summary>
    public static string Name { get; } = ReadName();

    private static string ReadVendor()
    {
        if (!X86Base.IsSupported) return "";
        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        ReadOnlySpan<int> letters = [ebx, edx, ecx];
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(letters));
    }

    private static string ReadName()
    {
        if (!X86Base.IsSupported) return RuntimeInformation.ProcessArchitecture.ToString();
        int signature = X86Base.CpuId(1, 0).Eax;
        int family = (signature >> 8) & 0xF, model = (signature >> 4) & 0xF;
        if (family is 6 or 15) model += ((signature >> 16) & 0xF) << 4;
        if (family == 15) family += (signature >> 20) & 0xFF;
        string maker = Vendor switch { "AuthenticAMD" => "AMD", "GenuineIntel" => "Intel", string other => other };
        return $"{maker} family {family} model {model}";
    }
}
