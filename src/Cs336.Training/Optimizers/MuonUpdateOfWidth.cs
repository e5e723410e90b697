using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cs336.Simd;

namespace Cs336.Training;

/// <summary>
/// <see cref="MuonUpdate"/> with one width of register. Y's columns are filled up with zeros to whole registers, which stay zeros
/// through the iteration.
/// </summary>
internal sealed unsafe class MuonUpdate<TLanes, TVector> : MuonUpdate
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    private const int Tile = SmallMatrixProduct<TLanes, TVector>.Rows;

    private readonly MuonConstants _constants;
    private readonly bool _isWide;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _paddedRows;
    private readonly int _paddedColumns;
    private readonly nint _row;
    private readonly BlockedMatrixProduct<TLanes, TVector> _product = new();
    private readonly float* _memory;
    private readonly float* _square;
    private readonly float* _polynomial;
    private float* _current;
    private float* _next;

    public MuonUpdate(int rows, int columns, MuonConstants constants)
    {
        _constants = constants;
        _isWide = rows < columns;
        (_rows, _columns) = (Math.Max(rows, columns), Math.Min(rows, columns));
        (_paddedRows, _paddedColumns) = (RoundUp(_rows, Tile), RoundUp(_columns, TLanes.Count));
        // Rows a power of two apart would all fall into the same few lines of the nearest cache.
        _row = _paddedColumns + 16;
        nint tall = _paddedRows * _row, small = RoundUp(_paddedColumns, Tile) * _row;
        nuint bytes = (nuint)(sizeof(float) * 2 * (tall + small));
        _memory = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_memory, bytes);
        _current = _memory;
        _next = _current + tall;
        _square = _next + tall;
        _polynomial = _square + small;
    }

    /// <summary>Rows of a symmetric product that are computed together, from the diagonal on: whole tiles and whole registers.</summary>
    private static int Band => TLanes.Count % 2 == 0 ? 3 * TLanes.Count : Tile * TLanes.Count;

    public override void Dispose()
    {
        _product.Dispose();
        NativeMemory.AlignedFree(_memory);
    }

    public override void Run(Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> momentum,
        Span<float> neurons = default)
    {
        Span<float> direction = new(_next, parameter.Length);
        Accumulate(gradient, momentum, direction);
        Arrange((float)(1 / (Math.Sqrt(SumOfSquares.Of(direction)) + NewtonSchulz.Epsilon)));
        foreach ((double a, double b, double c) in _constants.Rounds)
        {
            MultiplySymmetric(_current, 1, _row, _current, _square, _rows);
            MultiplySymmetric(_square, _row, 1, _square, _polynomial, _paddedColumns);
            Combine((float)a, (float)b, (float)c);
            _product.Multiply(_current, _row, 1, _polynomial, _row, _next, _row, _paddedRows, _paddedColumns, _paddedColumns);
            float* last = _current;
            _current = _next;
            _next = last;
        }
        Span<float> orthogonal = ArrangeBack(parameter.Length);
        double towards = _constants.NeuronDecay is double decay
            ? _constants.Towards(1) * NeuronNormalization.Apply(orthogonal, neurons, decay) : _constants.Towards(_rows);
        Move(parameter, orthogonal, (float)towards);
    }

    private static int RoundUp(int size, int group) => SmallMatrixProduct<TLanes, TVector>.RoundUp(size, group);

    /// <summary>m ← μ m + g, and g + μ m.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(ReadOnlySpan<float> gradient, Span<float> momentum, Span<float> direction)
    {
        float scale = (float)_constants.GradientScale, decay = (float)_constants.Momentum;
        Vector<float> scales = new(scale), decays = new(decay);
        int i = 0;
        for (; i + Vector<float>.Count <= gradient.Length; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(gradient[i..]) * scales,
                m = Vector.FusedMultiplyAdd(new Vector<float>(momentum[i..]), decays, g);
            m.CopyTo(momentum[i..]);
            Vector.FusedMultiplyAdd(m, decays, g).CopyTo(direction[i..]);
        }
        for (; i < gradient.Length; i++)
        {
            float g = gradient[i] * scale, m = MathF.FusedMultiplyAdd(momentum[i], decay, g);
            momentum[i] = m;
            direction[i] = MathF.FusedMultiplyAdd(m, decay, g);
        }
    }

    /// <summary>θ ← θ - α' λ θ, less the direction times a factor: of O it is α' · 0.2 √max(r, c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Move(Span<float> parameter, ReadOnlySpan<float> direction, float towards)
    {
        float kept = (float)_constants.Kept;
        Vector<float> keeps = new(kept), steps = new(towards);
        int i = 0;
        for (; i + Vector<float>.Count <= direction.Length; i += Vector<float>.Count)
            ((new Vector<float>(parameter[i..]) * keeps) - (steps * new Vector<float>(direction[i..]))).CopyTo(parameter[i..]);
        for (; i < direction.Length; i++) parameter[i] = (parameter[i] * kept) - (towards * direction[i]);
    }

    /// <summary>Y from the direction, which lies packed in <see cref="_next"/>, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Arrange(float factor)
    {
        if (_isWide) Transpose(_next, _rows, _current, _row, _columns, _rows, factor);
        for (int row = 0; row < _rows; row++)
        {
            float* to = _current + (row * _row);
            if (!_isWide) FloatRow<TLanes, TVector>.Scale(_next + (row * _columns), to, _columns, factor);
            for (int column = _columns; column < _paddedColumns; column++) to[column] = 0;
        }
    }

    /// <summary>Y packed, as the parameter lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Span<float> ArrangeBack(int length)
    {
        if (_isWide) Transpose(_current, _row, _next, _rows, _rows, _columns, 1);
        else
        {
            for (int row = 0; row < _rows; row++)
                new ReadOnlySpan<float>(_current + (row * _row), _columns).CopyTo(new Span<float>(_next + (row * _columns), _columns));
        }
        return new Span<float>(_next, length);
    }

    /// <summary>A product that is its own transpose: what lies below the diagonal is copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplySymmetric(float* a, nint aRow, nint aColumn, float* b, float* c, int depth)
    {
        for (int from = 0; from < _paddedColumns; from += Band)
        {
            int rows = Math.Min(Band, _paddedColumns - from);
            _product.Multiply(
                a + (from * aRow), aRow, aColumn, b + from, _row, c + (from * _row) + from, _row, RoundUp(rows, Tile),
                _paddedColumns - from, depth);
            int rest = from + rows;
            Transpose(c + (from * _row) + rest, _row, c + (rest * _row) + from, _row, rows, _paddedColumns - rest, 1);
        }
    }

    /// <summary>Bᵀ ← A times a factor, square by square, so that the lines of both stay in the nearest cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* a, nint aRow, float* b, nint bRow, int rows, int columns, float factor)
    {
        const int Side = 16;
        for (int top = 0; top < rows; top += Side)
            for (int left = 0; left < columns; left += Side)
                for (int row = top; row < Math.Min(top + Side, rows); row++)
                    for (int column = left; column < Math.Min(left + Side, columns); column++)
                        b[(column * bRow) + row] = a[(row * aRow) + column] * factor;
    }

    /// <summary>a I + b A + c A² from A and A².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(float a, float b, float c)
    {
        TVector second = TLanes.Broadcast(b), third = TLanes.Broadcast(c);
        for (int i = 0; i < _columns; i++)
        {
            float* square = _square + (i * _row), polynomial = _polynomial + (i * _row);
            for (int j = 0; j < _paddedColumns; j += TLanes.Count)
                TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(square + j), second, TLanes.Multiply(TLanes.Load(polynomial + j), third)),
                    polynomial + j);
            polynomial[i] += a;
        }
    }
}
