using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cs336.Simd;

namespace Cs336.Transformer;

/// <summary>
/// <see cref="FlashAttentionHead"/> with one width of register. Everything is copied into memory of its own first, where vectors lie
/// next to each other (<see cref="PaddedVectors{TLanes, TVector}"/>), so that only the copying knows sizes that are no multiple of a tile.
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

    private readonly PaddedVectors<TLanes, TVector> _vectors;
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
        _vectors = new PaddedVectors<TLanes, TVector>(length, size);
        (_paddedLength, _paddedSize, _panel) = (_vectors.PaddedLength, _vectors.PaddedSize, _vectors.Panel);
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
        _vectors.CopyIn(queries, _queries, _scale);
        _vectors.CopyIn(values, _values, 1);
        _vectors.PackPanels(keys, _keyPanels);
        float* inverseSums = stackalloc float[Block];
        for (int start = 0; start < _length; start += Block)
        {
            int count = Math.Min(Block, _paddedLength - start), queryCount = Math.Min(count, _length - start);
            _vectors.Ask(output, start, queryCount);
            MultiplyByPanels(_queries + (start * _paddedSize), _keyPanels, _scores, start, count);
            for (int i = 0; i < queryCount; i++)
            {
                float* row = _scores + (i * _scoreRow);
                int first = FirstSeenBy(start + i), seen = start + i + 1 - first;
                new Span<float>(row + FirstOfBlock(start), first - FirstOfBlock(start)).Clear();
                float max = FloatRow<TLanes, TVector>.Max(row + first, seen);
                float sum = SoftmaxRow<TLanes, TVector>.Exponentiate(row + first, seen, SeenByTileOf(start + i) - first, max);
                logSums[start + i] = max + MathF.Log(sum);
                inverseSums[i] = 1 / sum;
            }
            SumOverPositions(_scores, _values, start, count);
            for (int i = 0; i < queryCount; i++) _vectors.CopyOut(_result + (i * _paddedSize), output[start + i], inverseSums[i]);
        }
    }

    public override void Differentiate(
        StridedRows queries, StridedRows keys, StridedRows values, StridedRows output, float* logSums,
        StridedRows gradient, StridedRows dQueries, StridedRows dKeys, StridedRows dValues)
    {
        _vectors.CopyIn(queries, _queries, _scale);
        _vectors.CopyIn(keys, _keys, 1);
        _vectors.CopyIn(gradient, _gradients, 1);
        _vectors.PackPanels(keys, _keyPanels);
        _vectors.PackPanels(values, _valuePanels);
        new Span<float>(_keyGradients, _paddedLength * _paddedSize).Clear();
        new Span<float>(_valueGradients, _paddedLength * _paddedSize).Clear();
        for (int start = 0; start < _length; start += Block)
        {
            int count = Math.Min(Block, _paddedLength - start), queryCount = Math.Min(count, _length - start);
            float* blockQueries = _queries + (start * _paddedSize), blockGradients = _gradients + (start * _paddedSize);
            _vectors.Ask(output, start, queryCount);
            _vectors.Ask(dQueries, start, queryCount);
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
                    SoftmaxRow<TLanes, TVector>.Exponentiate(
                        probabilities + first, start + i + 1 - first, seen - first, logSums[start + i]);
                    float product = SoftmaxRow<TLanes, TVector>.Dot(blockGradients + (i * _paddedSize), output[start + i], _size);
                    SoftmaxRow<TLanes, TVector>.Differentiate(probabilities + begin, gradients + begin, seen - begin, product);
                }
                else
                {
                    new Span<float>(probabilities, seen).Clear();
                    new Span<float>(gradients, seen).Clear();
                }
            }
            SumOverPositions(_scoreGradients, _keys, start, count);
            for (int i = 0; i < queryCount; i++) _vectors.CopyOut(_result + (i * _paddedSize), dQueries[start + i], _scale);
            SumOverQueries(_scoreGradients, blockQueries, _keyGradients, start, count);
            SumOverQueries(_scores, blockGradients, _valueGradients, start, count);
        }
        for (int position = 0; position < _length; position++)
        {
            CacheLines.Ask(dKeys[position + PaddedVectors<TLanes, TVector>.Ahead], _size);
            CacheLines.Ask(dValues[position + PaddedVectors<TLanes, TVector>.Ahead], _size);
            _vectors.CopyOut(_keyGradients + (position * _paddedSize), dKeys[position], 1);
            _vectors.CopyOut(_valueGradients + (position * _paddedSize), dValues[position], 1);
        }
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
}
