using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Transformer;

/// <summary>
/// How the vectors of a head are copied into memory where they lie next to each other, filled up with zeros to whole tiles, and out of it.
/// </summary>
internal readonly unsafe struct PaddedVectors<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>
    /// Vectors of a tensor that are asked of memory ahead of the one that is copied: as many lines as a core waits for at once.
    /// </summary>
    public const int Ahead = 12;

    private readonly int _length;
    private readonly int _size;

    /// <param name="length">T.</param>
    /// <param name="size">d.</param>
    public PaddedVectors(int length, int size)
    {
        (_length, _size) = (length, size);
        PaddedLength = SmallMatrixProduct<TLanes, TVector>.RoundUp(length, SmallMatrixProduct<TLanes, TVector>.Rows);
        PaddedSize = SmallMatrixProduct<TLanes, TVector>.RoundUp(size, TLanes.Count);
        Panel = 2 * TLanes.Count;
    }

    /// <summary>T, up to whole tiles.</summary>
    public int PaddedLength { get; }

    /// <summary>d, up to whole registers.</summary>
    public int PaddedSize { get; }

    /// <summary>Positions in a panel: as many as a tile has columns.</summary>
    public int Panel { get; }

    /// <summary>Copies the vectors in, times a factor: (padded T, padded d).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyIn(StridedRows from, float* to, float factor)
    {
        for (int position = 0; position < _length; position++, to += PaddedSize)
        {
            CacheLines.Ask(from[position + Ahead], _size);
            FloatRow<TLanes, TVector>.Scale(from[position], to, _size, factor);
            for (int i = _size; i < PaddedSize; i++) to[i] = 0;
        }
        new Span<float>(to, (PaddedLength - _length) * PaddedSize).Clear();
    }

    /// <summary>Copies the transpose in, panel by panel, (T / panel, d, panel), so that a product reads it from front to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void PackPanels(StridedRows from, float* to)
    {
        int panel = Panel;
        for (int position = 0; position < PaddedLength; position += panel, to += panel * _size)
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

    /// <summary>Asks memory for the vectors of a block, which are needed when its scores have been computed.</summary>
    public void Ask(StridedRows rows, int start, int count)
    {
        for (int i = 0; i < count; i++) CacheLines.Ask(rows[start + i], _size);
    }

    /// <summary>Copies one vector out, times a factor.</summary>
    public void CopyOut(float* from, float* to, float factor) => FloatRow<TLanes, TVector>.Scale(from, to, _size, factor);
}
