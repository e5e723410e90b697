using System.Runtime.InteropServices;
using System.Text;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>Makes a folder of a model of a GGUF file, for what takes folders alone: training, libtorch, other formats.</summary>
public static class GgufImport
{
    private const int PartNumbers = 1 << 18; // whole blocks of every type

    /// <summary>
    /// Writes <c>config.json</c> and <c>model.safetensors</c> with the course's names, which <see cref="CpuLanguageModel"/> loads. F32, F16
    /// and BF16 stay what they are, quantized numbers become F32. Tensors are copied in a constant amount of memory, nothing is written
    /// before everything is checked, and <c>config.json</c> comes last.
    /// </summary>
    /// <param name="path">The file, of architecture <c>llama</c>.</param>
    /// <param name="output">The folder to write, which does not exist or is empty.</param>
    /// <param name="tokenizer">The model's tokenizer, to lie beside it, such as that of <see cref="GgufTokenizer"/>; null for none.</param>
    /// <returns>The model's shape.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or holds what this library does not compute.</exception>
    /// <exception cref="IOException">The folder to write is not empty, or the disk is full or failed.</exception>
    public static TransformerConfig Import(string path, string output, BpeModel? tokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(output);
        // Elements are copied as they lie in the file, where they are little-endian.
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Converting weights needs a little-endian processor.");
        using GgufFile file = new(path);
        TransformerConfig config = GgufModel.ReadConfig(file);
        Dictionary<string, GgufEntry> sources =
            GgufTensor.Of(config).ToDictionary(tensor => tensor.Source, tensor => file.Find(tensor.Name)!);
        SafetensorsEntry[] entries =
            [.. sources.Select(source => new SafetensorsEntry(source.Key, TypeOf(source.Value.Type), source.Value.Shape))];
        using ModelFolderWriter folder = new(output);
        SafetensorsWriter.Write(folder.Create(RunFiles.Weights), entries, (entry, stream) => Copy(file, sources[entry.Name], stream));
        tokenizer?.Save(output);
        folder.Create(RunFiles.Config).Write(Encoding.UTF8.GetBytes(config.ToJson()));
        folder.Commit();
        return config;
    }

    private static SafetensorsType TypeOf(GgufType type) => type switch
    {
        GgufType.F16 => SafetensorsType.F16,
        GgufType.BF16 => SafetensorsType.BF16,
        _ => SafetensorsType.F32,
    };

    private static void Copy(GgufFile file, GgufEntry entry, Stream destination)
    {
        bool quantized = GgufElements.IsQuantized(entry.Type);
        byte[] bytes = new byte[GgufElements.SizeOf(entry.Type, Math.Min(PartNumbers, entry.Count))];
        float[] numbers = quantized ? new float[Math.Min(PartNumbers, entry.Count)] : [];
        for (long done = 0; done < entry.Count; done += PartNumbers)
        {
            int count = (int)Math.Min(PartNumbers, entry.Count - done);
            Span<byte> part = bytes.AsSpan(0, (int)GgufElements.SizeOf(entry.Type, count));
            file.Read(entry.Name, GgufElements.SizeOf(entry.Type, done), part);
            if (!quantized)
            {
                destination.Write(part);
                continue;
            }
            Span<float> values = numbers.AsSpan(0, count);
            GgufElements.Read(part, entry.Type, values);
            destination.Write(MemoryMarshal.AsBytes(values));
        }
    }
}
