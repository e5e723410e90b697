using System.Runtime.InteropServices;
using Cs336.Testing;

namespace Cs336.Inference.Tests;

/// <summary>Models with random weights in files of their own, and the shapes that tests go through.</summary>
internal static class RandomModel
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 50, ContextLength = 80, DModel = 24, NumLayers = 2, NumHeads = 3, DFf = 40, RopeTheta = 100,
    };

    /// <summary>Every option, and sizes that fill registers and blocks and that do not.</summary>
    public static IReadOnlyDictionary<string, TransformerConfig> Configs { get; } = new Dictionary<string, TransformerConfig>
    {
        ["base"] = Config,
        ["post-norm"] = Config with { Norm = NormPlacement.Post },
        ["no norm"] = Config with { Norm = NormPlacement.None },
        ["no positions"] = Config with { Position = PositionEncoding.None, DModel = 21, NumHeads = 3 },
        ["SiLU"] = Config with { FeedForward = FeedForwardKind.Silu, DFf = 97 },
        ["ReLU²"] = Config with { FeedForward = FeedForwardKind.Relu2, DFf = 97 },
        ["soft cap"] = Config with { LogitSoftCap = 1.5, TiedEmbeddings = true },
        ["embedding scale"] = Config with { EmbeddingScale = 4.9, TiedEmbeddings = true },
        ["value embeddings"] = Config with { NumLayers = 3, NumHeads = 6, NumKvHeads = 3, ValueEmbeddings = true },
        ["every switch"] = Config with
        {
            NumLayers = 5, FeedForward = FeedForwardKind.Relu2, QkNorm = true, LogitSoftCap = 3, EmbeddingScale = 4, Window = 7,
            WindowPattern = "SSSL", ValueEmbeddings = true, UNetSkips = true, TiedEmbeddings = true,
        },
        ["grouped keys"] = Config with { DModel = 64, NumHeads = 8, NumKvHeads = 2 },
        ["tied embeddings"] = Config with { TiedEmbeddings = true },
        ["head_dim"] = Config with { HeadDim = 14, NumKvHeads = 1 },
        ["biases"] = Config with { QkvBiases = true },
        ["QK-norm"] = Config with { QkNorm = true },
        ["linear"] = Config with { RopeScaling = new RopeScaling { Kind = RopeScalingKind.Linear, Factor = 2.5 } },
        ["llama3"] = Config with { RopeTheta = 1000, RopeScaling = Llama3 },
        ["yarn"] = Config with { RopeTheta = 1000, RopeScaling = Yarn },
        ["yarn, every key"] = Config with
        {
            RopeTheta = 1000, RopeScaling = Yarn with { BetaFast = 3, BetaSlow = 0.5, AttentionFactor = 1.3 },
        },
        ["window"] = Config with { Window = 7 },
        ["wide window"] = Config with { Window = 70 },
        ["windows in a pattern"] = Config with { NumLayers = 5, Window = 7, WindowPattern = "SSSL" },
        ["window of one"] = Config with { Window = 1, LayersWithoutWindow = 1 },
        ["Qwen 3 with a window"] = Config with
        {
            HeadDim = 10, NumHeads = 4, NumKvHeads = 2, QkNorm = true, QkvBiases = true, RopeScaling = Llama3, Window = 66,
            LayersWithoutWindow = 1, TiedEmbeddings = true, Epsilon = 1e-6,
        },
        ["wide"] = Config with { VocabSize = 301, DModel = 192, NumHeads = 6, DFf = 515 },
    };

    private static RopeScaling Llama3 => new()
    {
        Kind = RopeScalingKind.Llama3, Factor = 4, OriginalContextLength = 40, LowFrequencyFactor = 1, HighFrequencyFactor = 4,
    };

    private static RopeScaling Yarn => new() { Kind = RopeScalingKind.Yarn, Factor = 4, OriginalContextLength = 40 };

    public static TemporaryFolder Write(TransformerConfig config, int seed = 1)
    {
        TemporaryFolder folder = new();
        folder.Write("config.json", config.ToJson());
        WriteWeights(folder.File("model.safetensors"), TransformerTensors.Of(config), seed);
        return folder;
    }

    public static void WriteWeights(string path, IEnumerable<(string Name, long[] Shape)> tensors, int seed = 1)
    {
        Random random = new(seed);
        using FileStream file = File.Create(path);
        SafetensorsEntry[] entries = [.. tensors.Select(tensor => new SafetensorsEntry(tensor.Name, SafetensorsType.F32, tensor.Shape))];
        SafetensorsWriter.Write(file, entries, (entry, stream) =>
        {
            float[] values = new float[entry.ByteLength / sizeof(float)];
            float scale = entry.Shape.Count == 1 ? 1 : 2 / MathF.Sqrt(entry.Shape[1]);
            for (int i = 0; i < values.Length; i++) values[i] = scale * ((random.NextSingle() * 2) - 1);
            stream.Write(MemoryMarshal.AsBytes<float>(values));
        });
    }

    /// <summary>Ids that look random.</summary>
    public static int[] Tokens(int count, int vocabSize) => [.. Enumerable.Range(1, count).Select(i => i * 7919 % vocabSize)];
}
