using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Moves a set of named tensors to and from the safetensors format.</summary>
public static class NamedTensors
{
    /// <summary>Writes tensors, in the order of their names.</summary>
    /// <param name="tensors">float32, float16, bfloat16 or int64 tensors on any device.</param>
    /// <param name="destination">Where to; left open.</param>
    /// <exception cref="ArgumentException">A tensor has another element type.</exception>
    public static void Save(IReadOnlyDictionary<string, Tensor> tensors, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(destination);
        SafetensorsWriter.Write(destination, Describe(tensors), (entry, stream) => WriteElements(tensors[entry.Name], stream));
    }

    /// <summary>Writes tensors, in the order of their names, to a file that appears when it is whole and on the disk.</summary>
    internal static void Save(IReadOnlyDictionary<string, Tensor> tensors, string path) =>
        SafetensorsWriter.WriteFile(path, Describe(tensors), (entry, stream) => WriteElements(tensors[entry.Name], stream));

    /// <summary>Copies a file's tensors into existing ones of the same names and shapes, converting the element type.</summary>
    /// <param name="tensors">The tensors to fill, on any device.</param>
    /// <param name="source">A safetensors file from its beginning.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or names and shapes differ: the differences are listed, up to 20 of
    /// them, and no tensor was changed, unless a stream that cannot seek ended before its header said: then those in front of the end were
    /// filled.</exception>
    public static void Load(IReadOnlyDictionary<string, Tensor> tensors, Stream source, string name)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        SafetensorsReader reader = new(source, name);
        CheckSame(tensors, reader.Tensors, name);
        using IDisposable noGradients = no_grad();
        while (reader.MoveNext() is SafetensorsEntry entry)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loaded = empty([.. entry.Shape], dtype: ScalarTypeOf(entry.Type));
            reader.Read(loaded.bytes);
            tensors[entry.Name].copy_(loaded);
        }
    }

    private static SafetensorsEntry[] Describe(IReadOnlyDictionary<string, Tensor> tensors) =>
        [.. tensors.OrderBy(item => item.Key, StringComparer.Ordinal)
            .Select(item => new SafetensorsEntry(item.Key, TypeOf(item.Key, item.Value), item.Value.shape))];

    private static void WriteElements(Tensor tensor, Stream destination)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        destination.Write(tensor.detach().cpu().contiguous().bytes);
    }

    private static void CheckSame(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyList<SafetensorsEntry> found, string name)
    {
        Dictionary<string, SafetensorsEntry> foundByName = found.ToDictionary(entry => entry.Name);
        ProblemList problems = new();
        foreach ((string key, Tensor tensor) in expected)
        {
            if (!foundByName.TryGetValue(key, out SafetensorsEntry? entry)) problems.Add($"{key} is missing");
            else if (entry.Type == SafetensorsType.I8) problems.Add($"{key} is quantised to I8, which only CpuLanguageModel runs");
            else if (!entry.Shape.SequenceEqual(tensor.shape))
                problems.Add($"{key} has shape ({string.Join(", ", entry.Shape.Take(8))}), expected ({string.Join(", ", tensor.shape)})");
        }
        foreach (SafetensorsEntry entry in found)
            if (!expected.ContainsKey(entry.Name)) problems.Add($"{entry.Name} is unknown");
        if (problems.Count > 0)
            throw new InvalidDataException($"{name} does not fit: {problems}. Was it saved with another configuration?");
    }

    private static SafetensorsType TypeOf(string name, Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float32 => SafetensorsType.F32,
        ScalarType.Float16 => SafetensorsType.F16,
        ScalarType.BFloat16 => SafetensorsType.BF16,
        ScalarType.Int64 => SafetensorsType.I64,
        ScalarType other =>
            throw new ArgumentException($"Tensor '{name}' has element type {other}; float32, float16, bfloat16 and int64 can be saved."),
    };

    private static ScalarType ScalarTypeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => ScalarType.Float32,
        SafetensorsType.F16 => ScalarType.Float16,
        SafetensorsType.BF16 => ScalarType.BFloat16,
        SafetensorsType.I64 => ScalarType.Int64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such element type."),
    };
}
