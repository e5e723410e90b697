namespace Cs336.Inference;

/// <summary>Converts matrices to another precision.</summary>
internal static unsafe class WeightConversion
{
    private const int RowsPerTask = 256;

    /// <summary>What a matrix can be converted to.</summary>
    public static IReadOnlyList<CpuPrecision> Targets { get; } = [CpuPrecision.Float32, CpuPrecision.BFloat16, CpuPrecision.Int8];

    /// <summary>A copy of a matrix; int8 gets for each row the scale that brings its largest magnitude to 127.</summary>
    public static WeightMatrix Convert(WeightMatrix source, CpuPrecision precision)
    {
        (int rows, int columns) = (source.Rows, source.Columns);
        AlignedBuffer data = new(WeightMatrix.BytesOf(precision, (long)rows * columns));
        AlignedBuffer? scales = precision == CpuPrecision.Int8 ? new AlignedBuffer((long)rows * sizeof(float)) : null;
        WeightMatrix result = new(rows, columns, precision, data.Pointer, scales is null ? null : scales.Floats, (data, scales));
        Parallel.For(0, (rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            float[] row = new float[columns];
            for (int i = task * RowsPerTask; i < Math.Min(rows, (task + 1) * RowsPerTask); i++)
            {
                source.ReadRow(i, row);
                Write(row, result, i);
            }
        });
        GC.KeepAlive(source.Owner);
        return result;
    }

    private static void Write(float[] row, WeightMatrix result, int index)
    {
        byte* target = result.Data + (index * result.RowBytes);
        switch (result.Precision)
        {
            case CpuPrecision.Float32:
                row.CopyTo(new Span<float>(target, row.Length));
                break;
            case CpuPrecision.BFloat16:
                for (int i = 0; i < row.Length; i++) ((ushort*)target)[i] = BFloat16Format.FromSingle(row[i]);
                break;
            default:
                fixed (float* values = row) result.Scales[index] = Int8Quantization.Quantize(values, row.Length, (sbyte*)target, out _);
                break;
        }
    }
}
