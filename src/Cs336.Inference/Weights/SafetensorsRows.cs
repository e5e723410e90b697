using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cs336.Inference;

/// <summary>
/// A tensor's rows as floats, whatever type they are stored in, a few at a time, so that no tensor need be in memory as a whole.
/// A vector is one row.
/// </summary>
internal sealed class SafetensorsRows(SafetensorsFile file, SafetensorsEntry tensor)
{
    private readonly int _size = SafetensorsEntry.SizeOf(tensor.Type)!.Value;

    private byte[] _bytes = [];

    /// <summary>How many numbers a row has.</summary>
    public long Columns { get; } = tensor.Shape[^1];

    /// <summary>How many rows there are.</summary>
    public long Rows { get; } = tensor.Shape.Count == 1 ? 1 : tensor.Shape[0];

    /// <summary>Reads rows from one on, as many as fill the destination.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter, or holds a number that is infinite or none.</exception>
    public void Read(long first, Span<float> rows)
    {
        int length = rows.Length * _size;
        if (_bytes.Length < length) _bytes = new byte[length];
        Span<byte> bytes = _bytes.AsSpan(0, length);
        file.Read(tensor.Name, first * Columns * _size, bytes);
        for (int i = 0; i < rows.Length; i++) rows[i] = Element(bytes[(i * _size)..]);
        if (tensor.Type == SafetensorsType.I8) Scale(first, rows);
        foreach (float value in rows)
            if (!float.IsFinite(value))
                throw new InvalidDataException(
                    $"{file.Path}: tensor {tensor} holds {value}, but weights are finite numbers: its training has diverged.");
    }

    private float Element(ReadOnlySpan<byte> bytes) => tensor.Type switch
    {
        SafetensorsType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        SafetensorsType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        SafetensorsType.BF16 => BFloat16Format.ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        _ => (sbyte)bytes[0],
    };

    private void Scale(long first, Span<float> rows)
    {
        int columns = (int)Columns;
        float[] scales = new float[rows.Length / columns];
        file.Read(tensor.Name + TransformerTensors.ScaleSuffix, first * sizeof(float), MemoryMarshal.AsBytes(scales.AsSpan()));
        for (int i = 0; i < rows.Length; i++) rows[i] *= scales[i / columns];
    }
}
