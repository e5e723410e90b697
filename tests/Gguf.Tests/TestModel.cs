using System.Runtime.InteropServices;
using WorldTokenizers.Tests.Texts;

namespace Gguf.Tests;

/// <summary>A model with random weights and a vocabulary trained on hostile texts, in a folder of its own.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestModel(BpeModel tokenizer, TransformerConfig config)
    {
        Tokenizer = new BpeTokenizer(tokenizer);
        Config = config with { VocabSize = tokenizer.VocabSize };
        _folder.Write("config.json", Config.ToJson());
        WriteWeights();
    }

    public static TransformerConfig Small { get; } = new()
    {
        VocabSize = 1, ContextLength = 128, DModel = 64, NumLayers = 3, NumHeads = 4, NumKvHeads = 2, DFf = 160, RopeTheta = 5_000,
        Epsilon = 1e-6,
    };

    /// <summary>No more than a vocabulary needs.</summary>
    public static TransformerConfig Tiny { get; } = new()
    {
        VocabSize = 1, ContextLength = 16, DModel = 32, NumLayers = 1, NumHeads = 2, DFf = 32,
    };

    public BpeTokenizer Tokenizer { get; }

    public TransformerConfig Config { get; }

    public string Folder => _folder.Path;

    /// <summary>A vocabulary with two special tokens and a pattern.</summary>
    public static BpeModel Train(IPreTokenizer pattern) => new BpeTrainer(new BpeTrainerOptions
    {
        VocabSize = 1200, SpecialTokens = ["<|endoftext|>", "<|im_end|>"], PreTokenizer = pattern, ThreadCount = 1,
    }).TrainTexts(HostileTexts.For([]));

    /// <summary>Writes the model as GGUF.</summary>
    public string Export(GgufType type, GgufExportOptions? options = null)
    {
        string path = _folder.File($"{type}.gguf");
        GgufExport.Write(Folder, Tokenizer.Model, path, (options ?? new GgufExportOptions()) with { Type = type });
        return path;
    }

    public string File(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();

    private void WriteWeights()
    {
        Random random = new(7);
        SafetensorsEntry[] entries =
            [.. TransformerTensors.Of(Config).Select(tensor => new SafetensorsEntry(tensor.Name, SafetensorsType.F32, tensor.Shape))];
        SafetensorsWriter.WriteFile(_folder.File("model.safetensors"), entries, (entry, stream) =>
        {
            float[] values = new float[entry.ByteLength / sizeof(float)];
            bool isNorm = entry.Shape.Count == 1;
            // Wide enough that attention and gates matter, and that logits are as far apart as those of a trained model.
            float scale = isNorm ? 0.3f : 2.5f / MathF.Sqrt(entry.Shape[1]);
            for (int i = 0; i < values.Length; i++) values[i] = (isNorm ? 1 : 0) + (scale * ((random.NextSingle() * 2) - 1));
            stream.Write(MemoryMarshal.AsBytes<float>(values));
        });
    }
}
