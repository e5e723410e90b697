using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Checks of shapes before libtorch sees them, whose own errors name operations that the caller never asked for.</summary>
internal static class Shapes
{
    /// <summary>A shape for messages, such as (2, 3, 4).</summary>
    public static string Text(Tensor x) => $"({string.Join(", ", x.shape)})";

    /// <summary>The product of all dimensions but the last <paramref name="trailing"/>; 1 where there are none.</summary>
    /// <remarks>Given to a reshape in place of -1, which libtorch refuses where another dimension is 0.</remarks>
    public static long Leading(Tensor x, int trailing)
    {
        long count = 1;
        foreach (long dimension in x.shape.AsSpan()[..^trailing]) count *= dimension;
        return count;
    }

    /// <summary>Checks a size that a layer is made with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public static void CheckSize(long size, string layer, string sizeName)
    {
        if (size < 1) throw new ArgumentOutOfRangeException(sizeName, size, $"{layer} needs {sizeName} of at least 1.");
    }

    /// <summary>Whether a shape stretches to another as tensor operations stretch it: dimensions of 1, and missing ones in front.</summary>
    public static bool Stretches(ReadOnlySpan<long> shape, ReadOnlySpan<long> to)
    {
        if (shape.Length > to.Length) return false;
        ReadOnlySpan<long> last = to[^shape.Length..];
        for (int i = 0; i < shape.Length; i++)
            if (shape[i] != 1 && shape[i] != last[i]) return false;
        return true;
    }

    /// <summary>Checks for (..., size), or with <paramref name="rows"/> for (..., T, size).</summary>
    /// <exception cref="ArgumentException">The tensor has another last dimension, or too few of them.</exception>
    public static void CheckLast(Tensor x, long size, string layer, string sizeName, string? rows = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.dim() >= (rows is null ? 1 : 2) && x.size(-1) == size) return;
        throw new ArgumentException(
            $"{layer} was given shape {Text(x)}; expected (..., {(rows is null ? "" : rows + ", ")}{sizeName}) with {sizeName} {size}.");
    }
}
