using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

/// <summary>A model with its tokenizer, and the files that come of it.</summary>
internal static class GgufModels
{
    public static TransformerConfig Config { get; } = new()
    {
        VocabSize = 262, ContextLength = 40, DModel = 32, NumLayers = 2, NumHeads = 4, NumKvHeads = 2, DFf = 64, RopeTheta = 5_000,
        Epsilon = 1e-6,
    };

    /// <summary>All bytes, two merges, a special token and one that is not; two ids of the model are left.</summary>
    public static BpeModel Tokenizer(IPreTokenizer? pattern = null)
    {
        byte[][] tokens = ["<|endoftext|>"u8.ToArray(), .. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }),
            "th"u8.ToArray(), "the"u8.ToArray()];
        return new BpeModel(tokens, [new('t' + 1, 'h' + 1, 257), new(257, 'e' + 1, 258)], [new("<|endoftext|>", 0)], pattern);
    }

    public static string Write(TemporaryFolder model, string path, GgufType type, TransformerConfig? config = null)
    {
        using TemporaryFolder written = RandomModel.Write(config ?? Config);
        foreach (string file in Directory.EnumerateFiles(written.Path))
            File.Copy(file, model.File(Path.GetFileName(file)), overwrite: true);
        GgufExport.Write(model.Path, Tokenizer(), path, new GgufExportOptions { Type = type, Name = "test" });
        return path;
    }
}
