using System.Runtime.InteropServices;
using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Benchmarks.Gguf;

/// <summary>Models with random weights, written in a constant amount of memory.</summary>
internal static class RandomModel
{
    private const int Part = 1 << 16;

    /// <summary>111 million parameters.</summary>
    public static TransformerConfig Medium { get; } = new()
    {
        VocabSize = 16_384, ContextLength = 1024, DModel = 768, NumLayers = 12, NumHeads = 12, DFf = 2048,
    };

    /// <summary>1.05 billion parameters: a gigabyte and more in 8 bits.</summary>
    public static TransformerConfig Large { get; } =
        Medium with { DModel = 2048, NumLayers = 18, NumHeads = 16, DFf = 5632, VocabSize = 32_000 };

    /// <summary>All bytes and an end of text; the other ids of a model are left.</summary>
    public static BpeModel Tokenizer { get; } = new(
        [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), Encoding.UTF8.GetBytes("<|endoftext|>")], [],
        [new("<|endoftext|>", 256)]);

    /// <summary>Writes configuration and weights into a folder.</summary>
    public static void Write(TransformerConfig config, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
        Random random = new(5);
        float[] numbers = new float[Part];
        SafetensorsWriter.WriteFile(Path.Combine(folder, "model.safetensors"),
            [.. TransformerTensors.Of(config).Select(tensor => new SafetensorsEntry(tensor.Name, SafetensorsType.F32, tensor.Shape))],
            (entry, stream) =>
            {
                float scale = entry.Shape.Count == 1 ? 0 : 1.7f / MathF.Sqrt(entry.Shape[1]), middle = entry.Shape.Count == 1 ? 1 : 0;
                for (int i = 0; i < Part; i++) numbers[i] = middle + (scale * ((random.NextSingle() * 2) - 1));
                long count = entry.ByteLength / sizeof(float);
                // The same numbers again and again, from another place each time, are random enough and quickly written.
                for (long done = 0; done < count;)
                {
                    int start = random.Next(Part / 2), length = (int)Math.Min(Part - start, count - done);
                    stream.Write(MemoryMarshal.AsBytes(numbers.AsSpan(start, length)));
                    done += length;
                }
            });
    }
}
