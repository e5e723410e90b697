namespace Cs336.Inference;

/// <summary>A tensor of a model's file.</summary>
/// <param name="Name">What the file calls it.</param>
/// <param name="Type">What its numbers are held in, by the file's own word.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="ByteLength">How many bytes it takes in the file.</param>
public sealed record ModelTensor(string Name, string Type, IReadOnlyList<long> Shape, long ByteLength)
{
    /// <summary>How many numbers it has.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}
