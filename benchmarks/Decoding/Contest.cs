using Cs336.Inference;

namespace Cs336.Benchmarks.Decoding;

/// <summary>All ways to decode, with the instructions of one kind of processor.</summary>
internal sealed class Contest(ProcessorKind kind, string work)
{
    /// <summary>What safetensors files of the engine are held in.</summary>
    public static readonly CpuPrecision[] Precisions = [CpuPrecision.Float32, CpuPrecision.BFloat16, CpuPrecision.Int8];

    public ProcessorKind Kind => kind;

    public Contestant Libtorch { get; } = Make("libtorch with a KV cache, float32", "libtorch", kind, work);

    public Contestant[] Managed { get; } =
        [.. Precisions.Select(precision => Make($"CpuLanguageModel, {precision}", precision.ToString(), kind, work))];

    public Contestant[] Llama { get; } =
        [.. Enum.GetValues<GgufType>().Select(type => Make($"llama.cpp, {type}", $"{type}.gguf", kind, work))];

    public IEnumerable<Contestant> All => [Libtorch, .. Managed, .. Llama];

    /// <summary>Bytes per second from a gigabyte, one figure a round.</summary>
    public List<double> FarRates { get; } = [];

    /// <summary>Bytes per second over and over from a token's float32 weights, one figure a round.</summary>
    public List<double> NearRates { get; } = [];

    /// <summary>llama.cpp in the same precision; null for the others.</summary>
    public Contestant? PeerOf(Contestant contestant) => Array.IndexOf(Managed, contestant) switch
    {
        -1 => null,
        int index => Of(Precisions[index] switch
        {
            CpuPrecision.Float32 => GgufType.F32,
            CpuPrecision.BFloat16 => GgufType.BF16,
            _ => GgufType.Q8_0,
        }),
    };

    private Contestant Of(GgufType type) => Llama[Array.IndexOf(Enum.GetValues<GgufType>(), type)];

    private static Contestant Make(string name, string contestant, ProcessorKind kind, string work) =>
        new(
            name, Environment.ProcessPath!,
            ["worker", contestant, work, $"{Comparison.Threads}", $"{Comparison.Count}", kind.LlamaLibraries], kind);
}
