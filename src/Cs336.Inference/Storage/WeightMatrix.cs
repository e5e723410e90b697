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

    public long RowBytes { get; } = BytesOf(precision, columns);

    /// <summary>The bytes of so many weights, of whole rows.</summary>
    public static long BytesOf(CpuPrecision precision, long count) => precision switch
    {
        CpuPrecision.Float32 => count * sizeof(float),
        CpuPrecision.BFloat16 => count * sizeof(ushort),
        CpuPrecision.Q8_0 => count / WeightBlocks.Numbers * WeightBlocks.Q8Bytes,
        CpuPrecision.Q4_0 => count / WeightBlocks.Numbers * WeightBlocks.Q4Bytes,
        _ => count * sizeof(sbyte),
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
            case CpuPrecision.Q8_0 or CpuPrecision.Q4_0:
                int bytes = (int)BytesOf(precision, WeightBlocks.Numbers);
                for (int i = 0; i < columns; i += WeightBlocks.Numbers, source += bytes)
                {
                    if (precision == CpuPrecision.Q8_0) WeightBlocks.ReadQ8(new ReadOnlySpan<byte>(source, bytes), destination[i..]);
                    else WeightBlocks.ReadQ4(new ReadOnlySpan<byte>(source, bytes), destination[i..]);
                }
                break;
            default:
                for (int i = 0; i < columns; i++) destination[i] = ((sbyte*)source)[i] * scales[row];
                break;
        }
    }
}
