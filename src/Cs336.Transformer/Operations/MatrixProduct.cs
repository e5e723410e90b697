using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A B for matrices and for batches of them. TorchSharp's <c>matmul</c> does the same, but lets an error of libtorch, such as too little
/// memory, end the process; the products here report it as an exception. Factors in bfloat16 are multiplied as the processor best can.
/// </summary>
internal static class MatrixProduct
{
    /// <summary>A B.</summary>
    /// <param name="left">A, (..., n, k).</param>
    /// <param name="right">B, (..., k, m) with A's leading dimensions, of the same type.</param>
    /// <returns>(..., n, m) of that type.</returns>
    public static Tensor OfBatches(Tensor left, Tensor right)
    {
        long[] shape = left.shape;
        shape[^1] = right.size(-1);
        Tensor a = RoundedFactor.Of(left), b = RoundedFactor.Of(right);
        return AsBatch(a).bmm(AsBatch(b)).reshape(shape).to_type(left.dtype);

        static Tensor AsBatch(Tensor x) => x.reshape(Shapes.Leading(x, 2), x.size(-2), x.size(-1));
    }

    /// <summary>X B: one matrix for all vectors.</summary>
    /// <param name="rows">X, (..., k).</param>
    /// <param name="matrix">B, (k, m), of the same type.</param>
    /// <returns>(..., m) of that type.</returns>
    public static Tensor OfRows(Tensor rows, Tensor matrix)
    {
        long[] shape = rows.shape;
        shape[^1] = matrix.size(1);
        Tensor a = RoundedFactor.Of(rows), b = RoundedFactor.Of(matrix);
        return a.reshape(Shapes.Leading(rows, 1), rows.size(-1)).mm(b).reshape(shape).to_type(rows.dtype);
    }
}
