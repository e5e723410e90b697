namespace Cs336.Inference;

/// <summary>A matrix of weights, (rows, columns), row after row, in one of the precisions; it may lie in a mapped file.</summary>
internal sealed unsafe class WeightMatrix(int rows, int columns, CpuPrecision precision, byte* data, float* scales, object owner)
{
    public int Rows => rows;

    public int Columns => columns;

    public CpuPrecision Precision => precision;

    public byte* Data => data;

    /// <summary>Int8 only: what one unit of each row's integers is worth.</summary>
    public float* Scales => scales;

    /// <summary>The object that owns the memory; the matrix keeps it alive.</summary>
    public object Owner => owner;

    public long RowBytes => (long)columns * SizeOf(precision);

    public static int SizeOf(CpuPrecision precision) => precision switch
    {
        CpuPrecision.Float32 => sizeof(float),
        CpuPrecision.BFloat16 => sizeof(ushort),
        _ => sizeof(sbyte),
    };

    /// <summary>One row as floats.</summary>
    public void ReadRow(int row, Span<float> destination)
    {
        byte* source = data + (row * RowBytes);
        switch (precision)
        {
            case CpuPrecision.Float32:
                new ReadOnlySpan<float>(source, columns).CopyTo(destination);
                break;
            case CpuPrecision.BFloat16:
                for (int i = 0; i < columns; i++) destination[i] = BFloat16Format.ToSingle(((ushort*)source)[i]);
                break;
            default:
                for (int i = 0; i < columns; i++) destination[i] = ((sbyte*)source)[i] * scales[row];
                break;
        }
    }
}
