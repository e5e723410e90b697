namespace Cs336.Inference;

/// <summary>One tensor of a safetensors file: what it is called and how its bytes are to be read.</summary>
public sealed record SafetensorsEntry
{
    /// <summary>Describes a tensor.</summary>
    /// <param name="name">The tensor's name; not empty.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The dimensions, outermost first, none negative; empty for a scalar.</param>
    /// <exception cref="ArgumentException">The name is empty, a dimension is negative, or the tensor would have more than 2^63 - 1
    /// bytes.</exception>
    public SafetensorsEntry(string name, SafetensorsType type, IReadOnlyList<long> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        Int128 bytes = SizeOf(type) ?? throw new ArgumentException($"Tensor '{Cut(name)}' has the unknown element type {type}.");
        foreach (long dimension in shape)
        {
            if (dimension < 0)
                throw new ArgumentException($"Tensor '{Cut(name)}' has shape {Describe(shape)}, but a dimension cannot be negative.");
            bytes *= dimension;
            if (bytes > long.MaxValue)
                throw new ArgumentException(
                    $"Tensor '{Cut(name)}' with shape {Describe(shape)} would have more bytes than any file can hold.");
        }
        Name = name;
        Type = type;
        Shape = shape;
        ByteLength = (long)bytes;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public SafetensorsType Type { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many bytes the elements take.</summary>
    public long ByteLength { get; }

    /// <summary>Name, type and shape, for messages; cut where they are long.</summary>
    public override string ToString() => $"{Cut(Name)} {Type} {Describe(Shape)}";

    /// <summary>Bytes of an element; null for a type that is not known.</summary>
    internal static int? SizeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => sizeof(float),
        SafetensorsType.F16 or SafetensorsType.BF16 => sizeof(ushort),
        SafetensorsType.I64 => sizeof(long),
        SafetensorsType.I8 => sizeof(sbyte),
        _ => null,
    };

    /// <summary>A name from a file, for messages: cut where it is long.</summary>
    internal static string Cut(string name) => name.Length <= 200 ? name : $"{name.AsSpan(0, 200)}…";

    private static string Describe(IReadOnlyList<long> shape)
    {
        const int MaxTold = 16;
        return $"({string.Join(", ", shape.Take(MaxTold))}{(shape.Count > MaxTold ? $", and {shape.Count - MaxTold} more" : "")})";
    }
}
