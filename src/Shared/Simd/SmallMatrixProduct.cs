using System.Runtime.CompilerServices;

namespace Cs336.Simd;

/// <summary>
/// Products of matrices that are small enough for the nearer caches, which libraries made for large ones spend most of their
/// time preparing. A tile of the result, <see cref="Rows"/> rows of two registers, stays in registers while the depth is summed
/// up: twelve sums, two registers of B and one number of A are what the sixteen registers of AVX2 hold.
/// </summary>
/// <typeparam name="TLanes">The width of register.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
internal static unsafe class SmallMatrixProduct<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>Rows of the result come in groups of this many.</summary>
    public const int Rows = 6;

    /// <summary>Columns of the result come in groups of this many.</summary>
    public static int Columns => TLanes.Count;

    /// <summary>A size rounded up to whole groups.</summary>
    public static int RoundUp(int size, int group) => (size + group - 1) / group * group;

    /// <summary>C ← A B, or C ← C + A B.</summary>
    /// <param name="a">A's first element.</param>
    /// <param name="aRow">How far A's rows are apart.</param>
    /// <param name="aColumn">How far A's columns are apart: 1, or for a transposed matrix the distance of its rows.</param>
    /// <param name="b">B's first element; the elements of a row lie next to each other.</param>
    /// <param name="bRow">How far B's rows are apart.</param>
    /// <param name="c">C's first element; the elements of a row lie next to each other.</param>
    /// <param name="cRow">How far C's rows are apart.</param>
    /// <param name="rows">Rows of A and C, a multiple of <see cref="Rows"/>.</param>
    /// <param name="columns">Columns of B and C, a multiple of <see cref="Columns"/>.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="add">Whether the product is added to what C holds, rather than taking its place.</param>
    public static void Multiply(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int rows, int columns, int depth, bool add = false)
    {
        for (int row = 0; row < rows; row += Rows)
            MultiplyRows(a + (row * aRow), aRow, aColumn, b, bRow, c + (row * cRow), cRow, columns, depth, add);
    }

    /// <summary>The same for one group of rows.</summary>
    public static void MultiplyRows(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int columns, int depth, bool add = false)
    {
        int column = 0;
        for (; column + (2 * Columns) <= columns; column += 2 * Columns)
            MultiplyTwoRegisters(a, aRow, aColumn, b + column, bRow, c + column, cRow, depth, add);
        if (column < columns) MultiplyOneRegister(a, aRow, aColumn, b + column, bRow, c + column, cRow, depth, add);
    }

    /// <summary>A whole tile: two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTwoRegisters(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
    {
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow;
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        nint at = 0;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TLanes.Load(b), b1 = TLanes.Load(b + Columns), x;
            x = TLanes.Broadcast(a[at]); c00 = TLanes.MultiplyAdd(x, b0, c00); c01 = TLanes.MultiplyAdd(x, b1, c01);
            x = TLanes.Broadcast(a1[at]); c10 = TLanes.MultiplyAdd(x, b0, c10); c11 = TLanes.MultiplyAdd(x, b1, c11);
            x = TLanes.Broadcast(a2[at]); c20 = TLanes.MultiplyAdd(x, b0, c20); c21 = TLanes.MultiplyAdd(x, b1, c21);
            x = TLanes.Broadcast(a3[at]); c30 = TLanes.MultiplyAdd(x, b0, c30); c31 = TLanes.MultiplyAdd(x, b1, c31);
            x = TLanes.Broadcast(a4[at]); c40 = TLanes.MultiplyAdd(x, b0, c40); c41 = TLanes.MultiplyAdd(x, b1, c41);
            x = TLanes.Broadcast(a5[at]); c50 = TLanes.MultiplyAdd(x, b0, c50); c51 = TLanes.MultiplyAdd(x, b1, c51);
            at += aColumn;
            b += bRow;
        }
        Store(c, c00, c01, add); Store(c += cRow, c10, c11, add); Store(c += cRow, c20, c21, add);
        Store(c += cRow, c30, c31, add); Store(c += cRow, c40, c41, add); Store(c += cRow, c50, c51, add);
    }

    /// <summary>Half a tile, where one register of columns is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyOneRegister(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
    {
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow;
        TVector c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        nint at = 0;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TLanes.Load(b);
            c0 = TLanes.MultiplyAdd(TLanes.Broadcast(a[at]), b0, c0); c1 = TLanes.MultiplyAdd(TLanes.Broadcast(a1[at]), b0, c1);
            c2 = TLanes.MultiplyAdd(TLanes.Broadcast(a2[at]), b0, c2); c3 = TLanes.MultiplyAdd(TLanes.Broadcast(a3[at]), b0, c3);
            c4 = TLanes.MultiplyAdd(TLanes.Broadcast(a4[at]), b0, c4); c5 = TLanes.MultiplyAdd(TLanes.Broadcast(a5[at]), b0, c5);
            at += aColumn;
            b += bRow;
        }
        Store(c, c0, add); Store(c += cRow, c1, add); Store(c += cRow, c2, add);
        Store(c += cRow, c3, add); Store(c += cRow, c4, add); Store(c += cRow, c5, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TVector left, TVector right, bool add)
    {
        Store(c, left, add);
        Store(c + Columns, right, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TVector value, bool add) => TLanes.Store(add ? TLanes.Add(TLanes.Load(c), value) : value, c);
}
