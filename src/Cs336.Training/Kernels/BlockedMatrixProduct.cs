using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cs336.Simd;

namespace Cs336.Training;

/// <summary>
/// C ← A B for matrices that the nearest cache does not hold: <see cref="SmallMatrixProduct{TLanes, TVector}"/> on blocks of the depth. A
/// block of B's columns, two registers wide, is copied so that it lies in one piece, and stays in the nearest cache while all rows of A
/// meet it (Goto and van de Geijn, 2008, "Anatomy of High-Performance Matrix Multiplication"). It belongs to one thread.
/// </summary>
/// <typeparam name="TLanes">The width of register.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
internal sealed unsafe class BlockedMatrixProduct<TLanes, TVector> : IDisposable
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>Half of the smallest nearest cache that there is: A's rows and C's tile are in it too.</summary>
    private const int PanelBytes = 16_384;

    /// <summary>A matrix B of so many bytes is small: the second cache has it whole, and copying it gains nothing.</summary>
    private const int SmallBytes = 256 << 10;

    private readonly float* _panel = (float*)NativeMemory.AlignedAlloc(PanelBytes, 64);

    private static int Width => 2 * TLanes.Count;

    private static int Depth => PanelBytes / sizeof(float) / Width;

    public void Dispose() => NativeMemory.AlignedFree(_panel);

    /// <summary>C ← A B, with the arguments of <see cref="SmallMatrixProduct{TLanes, TVector}.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int rows, int columns, int depth)
    {
        if (depth <= Depth || (long)depth * columns * sizeof(float) <= SmallBytes)
        {
            SmallMatrixProduct<TLanes, TVector>.Multiply(a, aRow, aColumn, b, bRow, c, cRow, rows, columns, depth);
            return;
        }
        for (int start = 0; start < depth; start += Depth)
        {
            int count = Math.Min(Depth, depth - start);
            for (int column = 0; column < columns; column += Width)
            {
                int width = Math.Min(Width, columns - column);
                Pack(b + (start * bRow) + column, bRow, count, width);
                float* block = a + (start * aColumn);
                for (int row = 0; row < rows; row += SmallMatrixProduct<TLanes, TVector>.Rows)
                    SmallMatrixProduct<TLanes, TVector>.MultiplyRows(
                        block + (row * aRow), aRow, aColumn, _panel, Width, c + (row * cRow) + column, cRow, width, count, add: start > 0);
            }
        }
    }

    private void Pack(float* b, nint bRow, int depth, int width)
    {
        float* to = _panel;
        for (int row = 0; row < depth; row++, b += bRow, to += Width)
            for (int column = 0; column < width; column += TLanes.Count) TLanes.Store(TLanes.Load(b + column), to + column);
    }
}
