using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Transformer;

/// <summary>
/// Causal attention within one head, and its gradients, by blocks of queries: the (T, T) scores are never whole in memory, nor
/// are those computed that a block's queries do not see (FlashAttention; Dao et al., 2022). Not thread-safe: it holds the
/// scores of a block.
/// </summary>
internal sealed unsafe class CausalHead : IDisposable
{
    /// <summary>Queries a block.</summary>
    private const int Block = 32;

    private readonly int _length;
    private readonly int _size;
    private readonly float _scale;
    private readonly int _row;
    private readonly float* _memory;
    private readonly float* _scores;
    private readonly float* _scoreGradients;
    private readonly float* _keyColumns;
    private readonly float* _valueColumns;
    private readonly float* _queries;
    private readonly float* _keys;
    private readonly float* _values;
    private readonly float* _gradients;
    private readonly float* _keyGradients;
    private readonly float* _valueGradients;

    /// <param name="length">T, a multiple of <see cref="TileProduct.Columns"/>.</param>
    /// <param name="size">The head's size d, a multiple of <see cref="TileProduct.Columns"/>.</param>
    public CausalHead(int length, int size)
    {
        _length = length;
        _size = size;
        _scale = 1 / MathF.Sqrt(size);
        // Rows a power of two apart would all fall into the same few lines of the nearest cache.
        _row = length + TileProduct.Columns;
        nint scores = Block * _row, columns = (nint)size * _row, rows = (nint)size * length;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(sizeof(float) * ((2 * (scores + columns)) + (6 * rows))), 64);
        _scores = _memory;
        _scoreGradients = _scores + scores;
        _keyColumns = _scoreGradients + scores;
        _valueColumns = _keyColumns + columns;
        _queries = _valueColumns + columns;
        _keys = _queries + rows;
        _values = _keys + rows;
        _gradients = _values + rows;
        _keyGradients = _gradients + rows;
        _valueGradients = _keyGradients + rows;
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    /// <summary>O = softmax(Q Kᵀ / √d + mask) V.</summary>
    /// <param name="queries">Q, (T, d).</param>
    /// <param name="keys">K, (T, d).</param>
    /// <param name="values">V, (T, d).</param>
    /// <param name="output">O, (T, d).</param>
    /// <param name="logSums">log Σ exp of each query's scores, (T).</param>
    public void Attend(HeadRows queries, HeadRows keys, HeadRows values, HeadRows output, float* logSums)
    {
        Copy(queries, Packed(_queries));
        Copy(keys, Packed(_keys));
        Copy(values, Packed(_values));
        Transpose(_keys, _keyColumns);
        float* inverseSums = stackalloc float[Block];
        for (int start = 0; start < _length; start += Block)
        {
            int count = Math.Min(Block, _length - start), seen = start + count;
            TileProduct.Multiply(_queries + (start * _size), _size, 1, _keyColumns, _row, _scores, _row, count, seen, _size);
            for (int i = 0; i < count; i++)
            {
                float* row = _scores + (i * _row);
                float most = Most(row, start + i + 1) * _scale;
                float sum = Exponentiate(row, start + i + 1, seen, most);
                logSums[start + i] = most + MathF.Log(sum);
                inverseSums[i] = 1 / sum;
            }
            TileProduct.Multiply(_scores, _row, 1, _values, _size, output[start], output.Stride, count, _size, seen);
            for (int i = 0; i < count; i++) Scale(output[start + i], inverseSums[i]);
        }
    }

    /// <summary>The gradients of a loss with respect to Q, K and V from the one with respect to O; the probabilities are computed again.</summary>
    /// <param name="queries">Q, (T, d).</param>
    /// <param name="keys">K, (T, d).</param>
    /// <param name="values">V, (T, d).</param>
    /// <param name="output">O, (T, d).</param>
    /// <param name="logSums">What <see cref="Attend"/> left there, (T).</param>
    /// <param name="gradient">dO, (T, d).</param>
    /// <param name="dQueries">dQ, (T, d).</param>
    /// <param name="dKeys">dK, (T, d).</param>
    /// <param name="dValues">dV, (T, d).</param>
    public void Differentiate(
        HeadRows queries, HeadRows keys, HeadRows values, HeadRows output, float* logSums, HeadRows gradient, HeadRows dQueries, HeadRows dKeys, HeadRows dValues)
    {
        Copy(queries, Packed(_queries));
        Copy(keys, Packed(_keys));
        Copy(values, Packed(_values));
        Copy(gradient, Packed(_gradients));
        Transpose(_keys, _keyColumns);
        Transpose(_values, _valueColumns);
        new Span<float>(_keyGradients, _length * _size).Clear();
        new Span<float>(_valueGradients, _length * _size).Clear();
        for (int start = 0; start < _length; start += Block)
        {
            int count = Math.Min(Block, _length - start), seen = start + count;
            float* blockQueries = _queries + (start * _size), blockGradients = _gradients + (start * _size);
            TileProduct.Multiply(blockQueries, _size, 1, _keyColumns, _row, _scores, _row, count, seen, _size);
            TileProduct.Multiply(blockGradients, _size, 1, _valueColumns, _row, _scoreGradients, _row, count, seen, _size);
            for (int i = 0; i < count; i++)
            {
                float* probabilities = _scores + (i * _row), gradients = _scoreGradients + (i * _row);
                Exponentiate(probabilities, start + i + 1, seen, logSums[start + i]);
                ThroughSoftmax(probabilities, gradients, seen, Dot(blockGradients + (i * _size), output[start + i]));
            }
            TileProduct.Multiply(_scoreGradients, _row, 1, _keys, _size, dQueries[start], dQueries.Stride, count, _size, seen);
            TileProduct.Multiply(_scoreGradients, 1, _row, blockQueries, _size, _keyGradients, _size, seen, _size, count, add: true);
            TileProduct.Multiply(_scores, 1, _row, blockGradients, _size, _valueGradients, _size, seen, _size, count, add: true);
        }
        Copy(Packed(_keyGradients), dKeys);
        Copy(Packed(_valueGradients), dValues);
    }

    /// <summary>The T vectors that lie one after the other in this head's memory.</summary>
    private HeadRows Packed(float* rows) => new((nint)rows, _size);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Copy(HeadRows from, HeadRows to)
    {
        for (int position = 0; position < _length; position++)
            for (int i = 0; i < _size; i += TileProduct.Columns) Vector512.Load(from[position] + i).Store(to[position] + i);
    }

    /// <summary>(T, d) to (d, T).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transpose(float* rows, float* columns)
    {
        for (int i = 0; i < _size; i++)
            for (int position = 0; position < _length; position++) columns[(i * _row) + position] = rows[(position * _size) + i];
    }

    private static Vector512<float> Before(int position, int end, Vector512<float> value, float otherwise) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(end - position)).AsSingle(), value, Vector512.Create(otherwise));

    /// <summary>The largest of the first <paramref name="count"/> scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Most(float* scores, int count)
    {
        Vector512<float> most = Vector512.Create(float.NegativeInfinity);
        int position = 0;
        for (; position + TileProduct.Columns <= count; position += TileProduct.Columns) most = Vector512.Max(most, Vector512.Load(scores + position));
        if (position < count) most = Vector512.Max(most, Before(position, count, Vector512.Load(scores + position), float.NegativeInfinity));
        float result = most[0];
        for (int lane = 1; lane < TileProduct.Columns; lane++) result = MathF.Max(result, most[lane]);
        return result;
    }

    /// <summary>x ← exp(x / √d - shift) for the first <paramref name="count"/> of a row, zero for the others; returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Exponentiate(float* row, int count, int seen, float shift)
    {
        Vector512<float> sum = Vector512<float>.Zero, scale = Vector512.Create(_scale), shifts = Vector512.Create(shift);
        int position = 0;
        for (; position < count; position += TileProduct.Columns)
        {
            Vector512<float> value = Vector512.Exp((Vector512.Load(row + position) * scale) - shifts);
            if (position + TileProduct.Columns > count) value = Before(position, count, value, 0);
            value.Store(row + position);
            sum += value;
        }
        for (; position < seen; position += TileProduct.Columns) Vector512<float>.Zero.Store(row + position);
        return Vector512.Sum(sum);
    }

    /// <summary>dS = P ⊙ (dP - dO · O) / √d, in place of dP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ThroughSoftmax(float* probabilities, float* gradients, int seen, float product)
    {
        Vector512<float> scale = Vector512.Create(_scale), products = Vector512.Create(product);
        for (int position = 0; position < seen; position += TileProduct.Columns)
            (Vector512.Load(probabilities + position) * (Vector512.Load(gradients + position) - products) * scale).Store(gradients + position);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Dot(float* left, float* right)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < _size; i += TileProduct.Columns) sum += Vector512.Load(left + i) * Vector512.Load(right + i);
        return Vector512.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scale(float* row, float factor)
    {
        for (int i = 0; i < _size; i += TileProduct.Columns) (Vector512.Load(row + i) * factor).Store(row + i);
    }
}
