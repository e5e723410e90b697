namespace Cs336.Transformer;

/// <summary>The T vectors of one head of one sequence, where they lie in a tensor.</summary>
/// <param name="Start">The first vector; the elements of each lie next to each other.</param>
/// <param name="Stride">How far the vectors are apart.</param>
internal readonly unsafe record struct StridedRows(nint Start, nint Stride)
{
    /// <summary>The vector at a position.</summary>
    public float* this[int position] => (float*)Start + (position * Stride);
}
