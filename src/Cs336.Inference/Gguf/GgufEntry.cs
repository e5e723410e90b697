namespace Cs336.Inference;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Type">What its numbers are held in.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
public sealed record GgufEntry(string Name, GgufType Type, IReadOnlyList<long> Shape)
{
    /// <summary>How many numbers it has.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>How many bytes they take.</summary>
    public long ByteLength => GgufElements.SizeOf(Type, Count);

    /// <summary>Name, type and shape, for messages; cut where they are long.</summary>
    public override string ToString() => $"{SafetensorsEntry.Cut(Name)} {Type} ({string.Join(", ", Shape)})";
}
