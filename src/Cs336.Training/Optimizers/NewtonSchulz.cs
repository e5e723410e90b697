using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// The iteration of <see cref="Muon"/> in C#, on one matrix after the other: libtorch takes more time to prepare products of
/// that size than to compute them. The tall matrix Y = Xᵀ takes the place of X, so that nothing is transposed:
/// A = Yᵀ Y, Y ← Y (a I + b A + c A²).
/// </summary>
internal sealed unsafe class NewtonSchulz : IDisposable
{
    /// <summary>From this number of columns on, what one matrix needs is more than the nearer caches hold.</summary>
    private const long TooManyColumns = 256;

    private readonly int _rows;
    private readonly int _columns;
    private readonly nint _row;
    private readonly float* _memory;
    private readonly float* _square;
    private readonly float* _polynomial;
    private float* _current;
    private float* _next;

    private NewtonSchulz(int rows, int columns)
    {
        _rows = rows;
        _columns = columns;
        // Rows a power of two apart would all fall into the same few lines of the nearest cache.
        _row = columns + TileProduct.Columns;
        nint tall = rows * _row, small = columns * _row;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(sizeof(float) * 2 * (tall + small)), 64);
        _current = _memory;
        _next = _current + tall;
        _square = _next + tall;
        _polynomial = _square + small;
    }

    /// <summary>Whether <see cref="Apply"/> can be used: float32 on the processor, with AVX-512, both sides in whole tiles.</summary>
    /// <param name="matrices">(n, r, c), or the same transposed.</param>
    public static bool CanApply(Tensor matrices)
    {
        (long longer, long shorter) = (Math.Max(matrices.size(1), matrices.size(2)), Math.Min(matrices.size(1), matrices.size(2)));
        return Avx512F.IsSupported && matrices.dtype == float32 && matrices.device_type == DeviceType.CPU
            && longer % TileProduct.Rows == 0 && shorter % TileProduct.Columns == 0 && shorter < TooManyColumns;
    }

    /// <summary>Puts what becomes of each matrix in its place. Each is one thread's, so that the result does not depend on their number.</summary>
    /// <param name="tall">(n, r, c), r at least c, contiguous, each of norm 1.</param>
    /// <param name="rounds">(a, b, c) of each round.</param>
    public static void Apply(Tensor tall, IReadOnlyList<(double A, double B, double C)> rounds)
    {
        (int rows, int columns) = ((int)tall.size(1), (int)tall.size(2));
        NativeVector elements = NativeVector.Of(tall);
        int size = rows * columns;
        Blocks.Share((int)tall.size(0), (from, to) =>
        {
            using NewtonSchulz iteration = new(rows, columns);
            for (int i = from; i < to; i++) iteration.Run(elements.Slice((long)i * size, size), rounds);
        });
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private void Run(Span<float> matrix, IReadOnlyList<(double A, double B, double C)> rounds)
    {
        for (int i = 0; i < _rows; i++) matrix.Slice(i * _columns, _columns).CopyTo(Row(_current, i));
        foreach ((double a, double b, double c) in rounds)
        {
            TileProduct.Multiply(_current, 1, _row, _current, _row, _square, _row, _columns, _columns, _rows);
            TileProduct.Multiply(_square, _row, 1, _square, _row, _polynomial, _row, _columns, _columns, _columns);
            Combine((float)a, (float)b, (float)c);
            TileProduct.Multiply(_current, _row, 1, _polynomial, _row, _next, _row, _rows, _columns, _columns);
            float* last = _current;
            _current = _next;
            _next = last;
        }
        for (int i = 0; i < _rows; i++) Row(_current, i).CopyTo(matrix.Slice(i * _columns, _columns));
    }

    /// <summary>a I + b A + c A² from A and A².</summary>
    private void Combine(float a, float b, float c)
    {
        for (int i = 0; i < _columns; i++)
        {
            float* square = _square + (i * _row), polynomial = _polynomial + (i * _row);
            for (int j = 0; j < _columns; j += Vector512<float>.Count)
                ((Vector512.Load(square + j) * b) + (Vector512.Load(polynomial + j) * c)).Store(polynomial + j);
            polynomial[i] += a;
        }
    }

    private Span<float> Row(float* matrix, int index) => new(matrix + (index * _row), _columns);
}
