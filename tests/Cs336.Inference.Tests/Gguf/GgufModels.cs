using System.Buffers.Binary;
using System.Text;
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

    /// <summary>A model whose matrices are random blocks of 256 numbers, in a type that is not written here.</summary>
    /// <param name="path">A file to use on the way.</param>
    /// <param name="type">Q4_K or Q6_K.</param>
    public static byte[] WriteSuperBlocks(string path, GgufType type)
    {
        TransformerConfig config = Config with { DModel = 256, DFf = 256, NumLayers = 1 };
        using TemporaryFolder model = new();
        byte[] written = File.ReadAllBytes(Write(model, path, GgufType.F32, config));
        using GgufFile file = new(path);
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        // Up to the first tensor's name, before which is its length, the file stays what it is.
        writer.Write(written.AsSpan(0, written.AsSpan().IndexOf(Encoding.UTF8.GetBytes(file.Tensors.First().Name)) - sizeof(ulong)));
        List<byte[]> contents = [];
        long offset = 0;
        Random random = new(9);
        foreach (GgufEntry tensor in file.Tensors)
        {
            GgufEntry changed = tensor.Shape.Count == 1 ? tensor : tensor with { Type = type };
            writer.Write((ulong)tensor.Name.Length);
            writer.Write(Encoding.UTF8.GetBytes(tensor.Name));
            writer.Write(tensor.Shape.Count);
            foreach (long size in tensor.Shape.Reverse()) writer.Write(size);
            writer.Write((int)changed.Type);
            writer.Write(offset);
            byte[] bytes = new byte[changed.ByteLength];
            if (changed == tensor) file.Read(tensor.Name, 0, bytes);
            else FillBlocks(bytes, type, random);
            contents.Add(bytes);
            offset += (bytes.Length + 31) / 32 * 32;
        }
        foreach (byte[] bytes in contents)
        {
            writer.Write(new byte[(32 - (stream.Position % 32)) % 32]);
            writer.Write(bytes);
        }
        return stream.ToArray();
    }

    /// <summary>Scales are small, all else is random.</summary>
    private static void FillBlocks(byte[] bytes, GgufType type, Random random)
    {
        random.NextBytes(bytes);
        bool isFour = type == GgufType.Q4_K;
        int size = isFour ? GgufSuperBlocks.Q4Bytes : GgufSuperBlocks.Q6Bytes;
        for (int block = 0; block < bytes.Length; block += size)
        {
            int scale = isFour ? block : block + size - 2;
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(scale), (Half)1e-4);
            if (isFour) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(scale + 2), (Half)1e-4);
        }
    }
}
