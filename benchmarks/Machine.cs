using System.Collections;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Benchmarks;

/// <summary>What the figures were measured on: for the first line of a table, and for the name of its file.</summary>
internal static class Machine
{
    private static readonly string[] Switches =
    [
        "DOTNET_EnableAVX", "DOTNET_EnableHWIntrinsic", "DOTNET_EnableSSE", "DOTNET_PreferredVectorBitWidth",
        "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "OPENBLAS_CORETYPE",
    ];

    /// <summary>Such as "AMD EPYC (Zen 5, family 26, model 2), 2 cores, AVX-512".</summary>
    public static string Title
    {
        get
        {
            Processor processor = Processor.Current;
            string generation = processor.Generation is string name ? $"{name}, " : "";
            return $"{processor.Brand} ({generation}{processor.Numbers}), {Environment.ProcessorCount} cores, {Instructions}";
        }
    }

    /// <summary>The runtime and the system, and what was switched off where anything was.</summary>
    public static string Software
    {
        get
        {
            string[] off = SwitchedOff();
            string note = off.Length == 0 ? "" : $", **with instructions of the processor switched off** ({string.Join(", ", off)})";
            return $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}{note}";
        }
    }

    /// <summary>Whether the runtime uses AVX-512.</summary>
    public static bool UsesAvx512 => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported;

    /// <summary>The widest vectors that the runtime uses.</summary>
    private static string Instructions =>
        UsesAvx512 ? "AVX-512"
        : Avx2.IsSupported ? "AVX2"
        : AdvSimd.IsSupported ? "NEON"
        : Vector128.IsHardwareAccelerated ? "128-bit vectors"
        : "no vectors";

    /// <summary>
    /// Where a benchmark's table goes: the file itself, or where a folder is named one in it after benchmark and machine.
    /// </summary>
    /// <param name="output">A file or a folder.</param>
    /// <param name="benchmark">The benchmark's name, such as <c>tokenizers</c>.</param>
    /// <returns>
    /// Such as <c>results/tokenizers-amd-epyc-zen5-avx512.md</c>: two generations, or one with and without AVX-512, have two files.
    /// </returns>
    public static string ResultsFile(string output, string benchmark) =>
        Directory.Exists(output) ? Path.Combine(output, $"{benchmark}-{FileName(Processor.Current, Instructions)}.md") : output;

    private static string FileName(Processor processor, string instructions)
    {
        string generation = processor.Generation?.Replace(" ", "") ?? processor.Numbers;
        return $"{Slug(processor.Brand)}-{Slug(generation)}-{Slug(instructions.Replace("AVX-", "AVX"))}";
    }

    private static string Slug(string text) => string.Join('-',
        new string([.. text.Replace("(R)", "").Replace("(TM)", "").ToLowerInvariant()
            .Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string[] SwitchedOff() =>
    [
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => Switches.Any(name => ((string)variable.Key).StartsWith(name, StringComparison.Ordinal)))
            .Select(variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal),
    ];
}
