using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Transformer;

/// <summary>
/// Products of matrices that are small enough for the nearer caches, which libraries made for large ones spend most of their
/// time preparing. Sixteen sums of sixteen lanes each stay in registers.
/// </summary>
internal static unsafe class TileProduct
{
    /// <summary>Rows of the result come in groups of this many.</summary>
    public const int Rows = 8;

    /// <summary>Columns of the result come in groups of this many, as many as a register has lanes.</summary>
    public const int Columns = 16;

    /// <summary>C ← A B, or C ← C + A B.</summary>
    /// <param name="a">A's first element.</param>
    /// <param name="aRow">How far A's rows are apart.</param>
    /// <param name="aColumn">How far A's columns are apart; 1 and a longer <paramref name="aRow"/>, or the other way round for a transposed matrix.</param>
    /// <param name="b">B's first element; the elements of a row lie next to each other.</param>
    /// <param name="bRow">How far B's rows are apart.</param>
    /// <param name="c">C's first element; the elements of a row lie next to each other.</param>
    /// <param name="cRow">How far C's rows are apart.</param>
    /// <param name="rows">Rows of A and C, a multiple of <see cref="Rows"/>.</param>
    /// <param name="columns">Columns of B and C, a multiple of <see cref="Columns"/>.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="add">Whether what is in C counts.</param>
    public static void Multiply(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int rows, int columns, int depth, bool add = false)
    {
        for (int row = 0; row < rows; row += Rows)
        {
            float* aTile = a + (row * aRow), cTile = c + (row * cRow);
            int column = 0;
            for (; column + (2 * Columns) <= columns; column += 2 * Columns)
                Two(aTile, aRow, aColumn, b + column, bRow, cTile + column, cRow, depth, add);
            if (column < columns) One(aTile, aRow, aColumn, b + column, bRow, cTile + column, cRow, depth, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
    {
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        Vector512<float> c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        nint at = 0;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + Columns), x;
            x = Vector512.Create(a[at]); c00 = Vector512.FusedMultiplyAdd(x, b0, c00); c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a1[at]); c10 = Vector512.FusedMultiplyAdd(x, b0, c10); c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a2[at]); c20 = Vector512.FusedMultiplyAdd(x, b0, c20); c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a3[at]); c30 = Vector512.FusedMultiplyAdd(x, b0, c30); c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            x = Vector512.Create(a4[at]); c40 = Vector512.FusedMultiplyAdd(x, b0, c40); c41 = Vector512.FusedMultiplyAdd(x, b1, c41);
            x = Vector512.Create(a5[at]); c50 = Vector512.FusedMultiplyAdd(x, b0, c50); c51 = Vector512.FusedMultiplyAdd(x, b1, c51);
            x = Vector512.Create(a6[at]); c60 = Vector512.FusedMultiplyAdd(x, b0, c60); c61 = Vector512.FusedMultiplyAdd(x, b1, c61);
            x = Vector512.Create(a7[at]); c70 = Vector512.FusedMultiplyAdd(x, b0, c70); c71 = Vector512.FusedMultiplyAdd(x, b1, c71);
            at += aColumn;
            b += bRow;
        }
        Store(c, c00, c01, add); Store(c += cRow, c10, c11, add); Store(c += cRow, c20, c21, add); Store(c += cRow, c30, c31, add);
        Store(c += cRow, c40, c41, add); Store(c += cRow, c50, c51, add); Store(c += cRow, c60, c61, add); Store(c += cRow, c70, c71, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
    {
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        nint at = 0;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(b);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[at]), b0, c0); c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a1[at]), b0, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a2[at]), b0, c2); c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a3[at]), b0, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[at]), b0, c4); c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a5[at]), b0, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Create(a6[at]), b0, c6); c7 = Vector512.FusedMultiplyAdd(Vector512.Create(a7[at]), b0, c7);
            at += aColumn;
            b += bRow;
        }
        Store(c, c0, add); Store(c += cRow, c1, add); Store(c += cRow, c2, add); Store(c += cRow, c3, add);
        Store(c += cRow, c4, add); Store(c += cRow, c5, add); Store(c += cRow, c6, add); Store(c += cRow, c7, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> left, Vector512<float> right, bool add)
    {
        Store(c, left, add);
        Store(c + Columns, right, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> value, bool add) => (add ? Vector512.Load(c) + value : value).Store(c);
}
