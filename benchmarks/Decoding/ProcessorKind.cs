using System.Runtime.Intrinsics.X86;

namespace Cs336.Benchmarks.Decoding;

/// <summary>Which of the processor's instructions the contestants may use.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Variables">Environment variables of the processes that measure.</param>
/// <param name="LlamaLibraries">
/// Folder that llama.cpp's libraries are loaded from; it takes the best one for the processor that it finds there.
/// </param>
internal sealed record ProcessorKind(string Name, IReadOnlyDictionary<string, string> Variables, string LlamaLibraries)
{
    private const string Avx2Backend = "libggml-cpu-haswell.so", AnyBackend = "libggml-cpu-";

    /// <summary>The processor as it is and, where it has more than AVX2, also as if it had not.</summary>
    /// <param name="npm">The folder with node_modules.</param>
    /// <param name="work">Where a folder of links may be made.</param>
    public static IReadOnlyList<ProcessorKind> All(string npm, string work)
    {
        string libraries = Path.Combine(Path.GetFullPath(npm), "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64");
        ProcessorKind whole = new("the processor as it is", new Dictionary<string, string>(), libraries);
        if (!Avx512F.IsSupported && !AvxVnni.IsSupported) return [whole];
        Dictionary<string, string> switches = new()
        {
            ["DOTNET_EnableAVX512"] = "0", ["DOTNET_EnableAVXVNNI"] = "0",
            ["ATEN_CPU_CAPABILITY"] = "avx2", ["ONEDNN_MAX_CPU_ISA"] = "AVX2", ["DNNL_MAX_CPU_ISA"] = "AVX2",
        };
        return [whole, new ProcessorKind("AVX2 alone, by switches", switches, LinkAvx2(libraries, Path.Combine(work, "llama-avx2")))];
    }

    /// <summary>A folder of links to the libraries, among the backends only to the one for AVX2.</summary>
    private static string LinkAvx2(string libraries, string target)
    {
        Directory.CreateDirectory(target);
        if (!Directory.Exists(libraries)) return target; // llama.cpp's rows then say that it was not measured
        foreach (string file in Directory.EnumerateFiles(libraries, "*.so"))
        {
            string name = Path.GetFileName(file);
            if (!name.StartsWith(AnyBackend, StringComparison.Ordinal) || name == Avx2Backend)
                File.CreateSymbolicLink(Path.Combine(target, name), file);
        }
        return target;
    }
}
