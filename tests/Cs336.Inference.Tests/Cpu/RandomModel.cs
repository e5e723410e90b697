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
        ["grouped keys"] = Config with { DModel = 64, NumHeads = 8, NumKvHeads = 2 },
        ["tied embeddings"] = Config with { TiedEmbeddings = true },
        ["wide"] = Config with { VocabSize = 301, DModel = 192, NumHeads = 6, DFf = 515 },
    };

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
