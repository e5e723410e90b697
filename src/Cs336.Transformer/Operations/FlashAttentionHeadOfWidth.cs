using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cs336.Simd;

namespace Cs336.Transformer;

/// <summary>
/// <see cref="FlashAttentionHead"/> with one width of register. Everything is copied into memory of its own first, where vectors lie
/// next to each other and are filled up with zeros to whole tiles, so that only the copying knows sizes that are no multiple of a tile.
/// </summary>
internal sealed unsafe class FlashAttentionHead<TLanes, TVector> : FlashAttentionHead
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    private const int Tile = SmallMatrixProduct<TLanes, TVector>.Rows;

    /// <summary>Queries in a block: their vectors stay in the nearest cache while the keys pass by.</summary>
    private const int Block = 8 * Tile;

    /// <summary>
    /// Positions whose values stay in the nearest cache while the queries of a block pass by; a multiple of a tile and of a panel.
    /// </summary>
    private const int Chunk = 192;

    /// <summary>
    /// Vectors of a tensor that are asked of memory ahead of the one that is copied: as many lines as a core waits for at once.
    /// </summary>
    private const int Ahead = 12;

    private readonly int _length;
    private readonly int _size;
    private readonly int _window;
    private readonly int _paddedLength;
    private readonly int _paddedSize;
    private readonly float _scale;
    private readonly nint _scoreRow; // how far the rows of scores are apart
    private readonly nint _panel; // positions in a panel
    private readonly float* _memory;
    private readonly float* _scores;
    private readonly float* _scoreGradients;
    private readonly float* _result;
    private readonly float* _keyPanels;
    private readonly float* _valuePanels;
    private readonly float* _queries;
    private readonly float* _keys;
    private readonly float* _values;
    private readonly float* _gradients;
    private readonly float* _keyGradients;
    private readonly float* _valueGradients;

    /// <param name="length">T.</param>
    /// <param name="size">d.</param>
    /// <param name="window">How many positions a query sees at most.</param>
    public FlashAttentionHead(int length, int size, int window)
    {
        _window = window;
        _length = length;
        _size = size;
        _scale = 1 / MathF.Sqrt(size);
        _paddedLength = SmallMatrixProduct<TLanes, TVector>.RoundUp(length, Tile);
        _paddedSize = SmallMatrixProduct<TLanes, TVector>.RoundUp(size, TLanes.Count);
        _panel = 2 * TLanes.Count;
        int columns = SmallMatrixProduct<TLanes, TVector>.RoundUp(_paddedLength, (int)_panel);
        // Rows a power of two apart would all fall into the same few lines of the nearest cache.
        _scoreRow = columns + 16;
        nint scores = Block * _scoreRow, result = Block * _paddedSize;
        nint panels = (nint)columns * size, rows = (nint)_paddedLength * _paddedSize;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(sizeof(float) * ((2 * (scores + panels)) + result + (6 * rows))), 64);
        _scores = _memory;
        _scoreGradients = _scores + scores;
        _keyPanels = _scoreGradients + scores;
        _valuePanels = _keyPanels + panels;
        _queries = _valuePanels + panels;
        _keys = _queries + rows;
        _values = _keys + rows;
        _gradients = _values + rows;
        _keyGradients = _gradients + rows;
        _valueGradients = _keyGradients + rows;
        _result = _valueGradients + rows;
    }

    public override void Dispose() => NativeMemory.AlignedFree(_memory);

    public override void Attend(StridedRows queries, StridedRows keys, StridedRows values, StridedRows output, float* logSums)
    {
        CopyIn(queries, _queries, _scale);
        CopyIn(values, _values, 1);
        PackPanels(keys, _keyPanels);
        float* inverseSums = stackalloc float[Block];
        for (int start = 0; start < _length; start += Block)
        {
            int count = Math.Min(Block, _paddedLength - start), queryCount = Math.Min(count, _length - start);
            Ask(output, start, queryCount);
            MultiplyByPanels(_queries + (start * _paddedSize), _keyPanels, _scores, start, count);
            for (int i = 0; i < queryCount; i++)
            {
                float* row = _scores + (i * _scoreRow);
                int first = FirstSeenBy(start + i), seen = start + i + 1 - first;
                new Span<float>(row + FirstOfBlock(start), first - FirstOfBlock(start)).Clear();
                float max = FloatRow<TLanes, TVector>.Max(row + first, seen);
                float sum = Exponentiate(row + first, seen, SeenByTileOf(start + i) - first, max);
                logSums[start + i] = max + MathF.Log(sum);
                inverseSums[i] = 1 / sum;
            }
            SumOverPositions(_scores, _values, start, count);
            for (int i = 0; i < queryCount; i++) CopyOut(_result + (i * _paddedSize), output[start + i], inverseSums[i]);
        }
    }

    public override void Differentiate(
        StridedRows queries, StridedRows keys, StridedRows values, StridedRows output, float* logSums,
        StridedRows gradient, StridedRows dQueries, StridedRows dKeys, StridedRows dValues)
    {
        CopyIn(queries, _queries, _scale);
        CopyIn(keys, _keys, 1);
        CopyIn(gradient, _gradients, 1);
        PackPanels(keys, _keyPanels);
        PackPanels(values, _valuePanels);
        new Span<float>(_keyGradients, _paddedLength * _paddedSize).Clear();
        new Span<float>(_valueGradients, _paddedLength * _paddedSize).Clear();
        for (int start = 0; start < _length; start += Block)
        {
            int count = Math.Min(Block, _paddedLength - start), queryCount = Math.Min(count, _length - start);
            float* blockQueries = _queries + (start * _paddedSize), blockGradients = _gradients + (start * _paddedSize);
            Ask(output, start, queryCount);
            Ask(dQueries, start, queryCount);
            MultiplyByPanels(blockQueries, _keyPanels, _scores, start, count);
            MultiplyByPanels(blockGradients, _valuePanels, _scoreGradients, start, count);
            for (int i = 0; i < count; i++)
            {
                float* probabilities = _scores + (i * _scoreRow), gradients = _scoreGradients + (i * _scoreRow);
                int seen = SeenByTileOf(start + i);
                if (i < queryCount)
                {
                    int first = FirstSeenBy(start + i), begin = FirstOfBlock(start);
                    new Span<float>(probabilities + begin, first - begin).Clear();
                    Exponentiate(probabilities + first, start + i + 1 - first, seen - first, logSums[start + i]);
                    ThroughSoftmax(probabilities + begin, gradients + begin, seen - begin,
                        Dot(blockGradients + (i * _paddedSize), output[start + i]));
                }
                else
                {
                    new Span<float>(probabilities, seen).Clear();
                    new Span<float>(gradients, seen).Clear();
                }
            }
            SumOverPositions(_scoreGradients, _keys, start, count);
            for (int i = 0; i < queryCount; i++) CopyOut(_result + (i * _paddedSize), dQueries[start + i], _scale);
            SumOverQueries(_scoreGradients, blockQueries, _keyGradients, start, count);
            SumOverQueries(_scores, blockGradients, _valueGradients, start, count);
        }
        for (int position = 0; position < _length; position++)
        {
            CacheLines.Ask(dKeys[position + Ahead], _size);
            CacheLines.Ask(dValues[position + Ahead], _size);
            CopyOut(_keyGradients + (position * _paddedSize), dKeys[position], 1);
            CopyOut(_valueGradients + (position * _paddedSize), dValues[position], 1);
        }
    }

    /// <summary>Asks for the vectors of a block, which are needed when its scores have been computed.</summary>
    private void Ask(StridedRows rows, int start, int count)
    {
        for (int i = 0; i < count; i++) CacheLines.Ask(rows[start + i], _size);
    }

    /// <summary>Positions that the tile of a query computes scores for: up to those that its last query sees, in whole registers.</summary>
    private int SeenByTileOf(int query) => SmallMatrixProduct<TLanes, TVector>.RoundUp((query / Tile * Tile) + Tile, TLanes.Count);

    /// <summary>The first position that a query sees.</summary>
    private int FirstSeenBy(int query) => Math.Max(0, query - _window + 1);

    /// <summary>The first position for which scores of a block of queries are computed: where the first of them sees one.</summary>
    private int FirstOfBlock(int start) => FirstSeenBy(start) / Chunk * Chunk;

    /// <summary>(block, d) times the transpose of (T, d), as far as queries see: (block, T).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyByPanels(float* rows, float* panels, float* scores, int start, int count)
    {
        int panel = (int)_panel;
        for (int position = FirstOfBlock(start); position < start + count; position += panel)
        {
            // The first tile whose last query sees this panel.
            int first = Math.Max(0, position - start) / Tile * Tile;
            for (int i = first; i < count; i += Tile)
                SmallMatrixProduct<TLanes, TVector>.MultiplyRows(
                    rows + (i * _paddedSize), _paddedSize, 1, panels + ((nint)position * _size), _panel,
                    scores + (i * _scoreRow) + position, _scoreRow, Math.Min(panel, SeenByTileOf(start + i) - position), _size);
        }
    }

    /// <summary>(block, T) times (T, d), as far as queries see: (block, d), into <see cref="_result"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumOverPositions(float* scores, float* rows, int start, int count)
    {
        int begin = FirstOfBlock(start);
        for (int position = begin; position < start + count; position += Chunk)
            for (int i = Math.Max(0, position - start) / Tile * Tile; i < count; i += Tile)
                SmallMatrixProduct<TLanes, TVector>.MultiplyRows(
                    scores + (i * _scoreRow) + position, _scoreRow, 1, rows + ((nint)position * _paddedSize), _paddedSize,
                    _result + (i * _paddedSize), _paddedSize, _paddedSize, Math.Min(Chunk, start + i + Tile - position),
                    add: position > begin);
    }

    /// <summary>
    /// The transpose of (block, T) times (block, d), added to (T, d): each position is seen by the queries from its own on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumOverQueries(float* scores, float* rows, float* sums, int start, int count)
    {
        for (int position = FirstOfBlock(start); position < start + count; position += Tile)
        {
            int first = Math.Max(0, position - start);
            SmallMatrixProduct<TLanes, TVector>.MultiplyRows(
                scores + (first * _scoreRow) + position, 1, _scoreRow, rows + (first * _paddedSize), _paddedSize,
                sums + ((nint)position * _paddedSize), _paddedSize, _paddedSize, count - first, add: true);
        }
    }

    /// <summary>Copies the vectors, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyIn(StridedRows from, float* to, float factor)
    {
        for (int position = 0; position < _length; position++, to += _paddedSize)
        {
            CacheLines.Ask(from[position + Ahead], _size);
            FloatRow<TLanes, TVector>.Scale(from[position], to, _size, factor);
            for (int i = _size; i < _paddedSize; i++) to[i] = 0;
        }
        new Span<float>(to, (_paddedLength - _length) * _paddedSize).Clear();
    }

    /// <summary>Copies one vector out, times a factor.</summary>
    private void CopyOut(float* from, float* to, float factor) => FloatRow<TLanes, TVector>.Scale(from, to, _size, factor);

    /// <summary>
    /// The transpose, in panels of as many positions as a tile has columns, (T / panel, d, panel), so that a product reads it from
    /// front to end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPanels(StridedRows from, float* to)
    {
        int panel = (int)_panel;
        for (int position = 0; position < _paddedLength; position += panel, to += panel * _size)
        {
            int count = Math.Min(panel, _length - position);
            if (count < panel) new Span<float>(to, panel * _size).Clear();
            for (int i = 0; i < count; i++)
            {
                CacheLines.Ask(from[position + i + Ahead], _size);
                float* row = from[position + i], column = to + i;
                for (int j = 0; j < _size; j++, column += panel) *column = row[j];
            }
        }
    }

    /// <summary>x ← exp(x - shift) for the first <paramref name="count"/> of a row, zero for the others; returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* row, int count, int seen, float shift)
    {
        ShiftedExponential<TLanes, TVector> exponential = new(shift);
        int whole = count / TLanes.Count * TLanes.Count;
        TVector sum = MapAndSum.Run<TVector, TVector, ShiftedExponential<TLanes, TVector>>(row, row, whole, exponential);
        if (whole < count) TLanes.Store(exponential.Map(TLanes.Load(row + whole)), row + whole);
        float rest = 0;
        for (int i = whole; i < count; i++) rest += row[i];
        for (int i = count; i < seen; i++) row[i] = 0;
        return TLanes.Sum(sum) + rest;
    }

    /// <summary>dS √d = P ⊙ (dP - dO · O), in place of dP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThroughSoftmax(float* probabilities, float* gradients, int seen, float product)
    {
        TVector products = TLanes.Broadcast(product);
        for (int position = 0; position < seen; position += TLanes.Count)
            TLanes.Store(
                TLanes.Multiply(TLanes.Load(probabilities + position), TLanes.Subtract(TLanes.Load(gradients + position), products)),
                gradients + position);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Dot(float* left, float* right)
    {
        TVector sum = default;
        int i = 0;
        for (; i + TLanes.Count <= _size; i += TLanes.Count) sum = TLanes.MultiplyAdd(TLanes.Load(left + i), TLanes.Load(right + i), sum);
        float result = TLanes.Sum(sum);
        for (; i < _size; i++) result += left[i] * right[i];
        return result;
    }
}
