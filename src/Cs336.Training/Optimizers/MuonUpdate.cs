using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// A step of <see cref="Muon"/> in C# for matrices so small that libtorch takes more time to prepare each operation than to compute
/// it. One matrix after the other goes through the whole step, within the nearer caches. In <see cref="NewtonSchulz"/>'s iteration
/// the taller of X and Xᵀ, Y, takes the place of X, so that nothing is transposed meanwhile: A = Yᵀ Y, Y ← Y (a I + b A + c A²).
/// </summary>
internal sealed unsafe class MuonUpdate : IDisposable
{
    /// <summary>From this number of columns on, what one matrix needs is more than the nearer caches hold.</summary>
    private const long TooManyColumns = 256;

    /// <summary>Rows of a symmetric product that are computed together, from the diagonal on.</summary>
    private const int Band = 2 * TileProduct.Columns;

    private readonly MuonConstants _constants;
    private readonly bool _isWide;
    private readonly int _rows;
    private readonly int _columns;
    private readonly nint _row;
    private readonly float* _memory;
    private readonly float* _square;
    private readonly float* _polynomial;
    private float* _current;
    private float* _next;

    private MuonUpdate(int rows, int columns, MuonConstants constants)
    {
        _constants = constants;
        _isWide = rows < columns;
        (_rows, _columns) = (Math.Max(rows, columns), Math.Min(rows, columns));
        // Rows a power of two apart would all fall into the same few lines of the nearest cache.
        _row = _columns + TileProduct.Columns;
        nint tall = _rows * _row, small = _columns * _row;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(sizeof(float) * 2 * (tall + small)), 64);
        _current = _memory;
        _next = _current + tall;
        _square = _next + tall;
        _polynomial = _square + small;
    }

    /// <summary>Whether <see cref="Apply"/> can be used: float32 on the processor, with AVX-512, both sides in whole tiles.</summary>
    /// <param name="parameter">(r, c).</param>
    /// <param name="gradient">(r, c).</param>
    public static bool CanApply(Tensor parameter, Tensor gradient)
    {
        (long longer, long shorter) = (Math.Max(parameter.size(0), parameter.size(1)), Math.Min(parameter.size(0), parameter.size(1)));
        return Avx512F.IsSupported && NativeVector.CanBeOf(parameter) && NativeVector.CanBeOf(gradient)
            && longer % TileProduct.Rows == 0 && shorter % TileProduct.Columns == 0 && shorter < TooManyColumns;
    }

    /// <summary>Updates parameters and momenta. Each matrix is one thread's, so that the result does not depend on their number.</summary>
    /// <param name="matrices">Of one shape; parameter, gradient and momentum of each.</param>
    /// <param name="constants">Those of this step.</param>
    public static void Apply(IReadOnlyList<(Tensor Parameter, Tensor Gradient, Tensor Momentum)> matrices, MuonConstants constants)
    {
        (int rows, int columns) = ((int)matrices[0].Parameter.size(0), (int)matrices[0].Parameter.size(1));
        (NativeVector Parameter, NativeVector Gradient, NativeVector Momentum)[] vectors =
            [.. matrices.Select(item => (NativeVector.Of(item.Parameter), NativeVector.Of(item.Gradient), NativeVector.Of(item.Momentum)))];
        int size = rows * columns;
        Blocks.Share(vectors.Length, (from, to) =>
        {
            using MuonUpdate update = new(rows, columns, constants);
            for (int i = from; i < to; i++)
                update.Run(vectors[i].Parameter.Slice(0, size), vectors[i].Gradient.Slice(0, size), vectors[i].Momentum.Slice(0, size));
        });
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private void Run(Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> momentum)
    {
        Span<float> direction = new(_next, parameter.Length);
        Accumulate(gradient, momentum, direction);
        Arrange((float)(1 / (Math.Sqrt(Gradients.SumOfSquares(direction)) + NewtonSchulz.Epsilon)));
        foreach ((double a, double b, double c) in _constants.Rounds)
        {
            MultiplySymmetric(_current, 1, _row, _current, _square, _rows);
            MultiplySymmetric(_square, _row, 1, _square, _polynomial, _columns);
            Combine((float)a, (float)b, (float)c);
            TileProduct.Multiply(_current, _row, 1, _polynomial, _row, _next, _row, _rows, _columns, _columns);
            float* last = _current;
            _current = _next;
            _next = last;
        }
        Move(parameter, ArrangeBack(parameter.Length));
    }

    /// <summary>m ← μ m + g, and g + μ m.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(ReadOnlySpan<float> gradient, Span<float> momentum, Span<float> direction)
    {
        ReadOnlySpan<Vector512<float>> gradients = MemoryMarshal.Cast<float, Vector512<float>>(gradient);
        Span<Vector512<float>> momenta = MemoryMarshal.Cast<float, Vector512<float>>(momentum), directions = MemoryMarshal.Cast<float, Vector512<float>>(direction);
        Vector512<float> scale = Vector512.Create((float)_constants.GradientScale), decay = Vector512.Create((float)_constants.Momentum);
        for (int i = 0; i < gradients.Length; i++)
        {
            Vector512<float> g = gradients[i] * scale, m = Vector512.FusedMultiplyAdd(momenta[i], decay, g);
            momenta[i] = m;
            directions[i] = Vector512.FusedMultiplyAdd(m, decay, g);
        }
    }

    /// <summary>θ ← θ - α' λ θ - α' · 0.2 √max(r, c) · O.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Move(Span<float> parameter, ReadOnlySpan<float> direction)
    {
        ReadOnlySpan<Vector512<float>> directions = MemoryMarshal.Cast<float, Vector512<float>>(direction);
        Span<Vector512<float>> parameters = MemoryMarshal.Cast<float, Vector512<float>>(parameter);
        Vector512<float> kept = Vector512.Create((float)_constants.Kept), towards = Vector512.Create((float)_constants.Towards(_rows));
        for (int i = 0; i < directions.Length; i++) parameters[i] = (parameters[i] * kept) - (towards * directions[i]);
    }

    /// <summary>Y from the direction, which lies packed in <see cref="_next"/>, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Arrange(float factor)
    {
        if (_isWide)
        {
            for (int column = 0; column < _columns; column++)
                for (int row = 0; row < _rows; row++) _current[(row * _row) + column] = _next[(column * _rows) + row] * factor;
            return;
        }
        for (int row = 0; row < _rows; row++)
            for (int column = 0; column < _columns; column += Vector512<float>.Count)
                (Vector512.Load(_next + (row * _columns) + column) * factor).Store(_current + (row * _row) + column);
    }

    /// <summary>Y packed, as the parameter lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<float> ArrangeBack(int length)
    {
        if (_isWide)
        {
            for (int column = 0; column < _columns; column++)
                for (int row = 0; row < _rows; row++) _next[(column * _rows) + row] = _current[(row * _row) + column];
        }
        else
        {
            for (int row = 0; row < _rows; row++)
                for (int column = 0; column < _columns; column += Vector512<float>.Count)
                    Vector512.Load(_current + (row * _row) + column).Store(_next + (row * _columns) + column);
        }
        return new ReadOnlySpan<float>(_next, length);
    }

    /// <summary>A product that is its own transpose: what lies below the diagonal is copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplySymmetric(float* a, nint aRow, nint aColumn, float* b, float* c, int depth)
    {
        for (int from = 0; from < _columns; from += Band)
        {
            int rows = Math.Min(Band, _columns - from);
            TileProduct.Multiply(a + (from * aRow), aRow, aColumn, b + from, _row, c + (from * _row) + from, _row, rows, _columns - from, depth);
            for (int row = from + rows; row < _columns; row++)
                for (int column = from; column < from + rows; column++) c[(row * _row) + column] = c[(column * _row) + row];
        }
    }

    /// <summary>a I + b A + c A² from A and A².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
}
