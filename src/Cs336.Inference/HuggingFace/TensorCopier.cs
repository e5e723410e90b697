using System.Runtime.InteropServices;

namespace Cs336.Inference;

/// <summary>
/// Copies tensors of any size in a constant amount of memory: into another type, and with a head's rows in another order.
/// </summary>
/// <param name="order">What becomes of the rows of matrices that are rotated.</param>
/// <param name="headSize">Rows of a head.</param>
internal sealed class TensorCopier(RotaryOrder order, int headSize)
{
    private const int BlockBytes = 1 << 20;
    private readonly byte[] _source = new byte[BlockBytes];
    private readonly float[] _values = new float[BlockBytes / sizeof(ushort)];

    /// <summary>Writes a tensor's elements.</summary>
    /// <param name="file">Where the tensor lies.</param>
    /// <param name="entry">The tensor; F32, F16 or BF16.</param>
    /// <param name="type">What is written; one of the same.</param>
    /// <param name="isRotated">Whether it is a matrix of queries or keys, whose rows are put in order.</param>
    /// <param name="destination">Receives the elements, in little-endian order.</param>
    /// <exception cref="InvalidDataException">The file has become shorter, or holds a number that the type cannot.</exception>
    public void Copy(SafetensorsFile file, SafetensorsEntry entry, SafetensorsType type, bool isRotated, Stream destination)
    {
        if (!isRotated || order == RotaryOrder.Same)
        {
            CopyBytes(file, entry, 0, entry.ByteLength, type, destination);
            return;
        }
        long rows = entry.Shape[0], bytes = entry.ByteLength / rows;
        for (long row = 0; row < rows; row++)
            CopyBytes(file, entry, SourceOf(row) * bytes, bytes, type, destination);
    }

    /// <summary>Whether two tensors have the same type, shape and bytes.</summary>
    public static bool AreSame((SafetensorsFile File, SafetensorsEntry Entry) a, (SafetensorsFile File, SafetensorsEntry Entry) b)
    {
        if (a.Entry.Type != b.Entry.Type || !a.Entry.Shape.SequenceEqual(b.Entry.Shape)) return false;
        byte[] left = new byte[BlockBytes], right = new byte[BlockBytes];
        for (long done = 0; done < a.Entry.ByteLength; done += BlockBytes)
        {
            int count = (int)Math.Min(BlockBytes, a.Entry.ByteLength - done);
            a.File.Read(a.Entry.Name, done, left.AsSpan(0, count));
            b.File.Read(b.Entry.Name, done, right.AsSpan(0, count));
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count))) return false;
        }
        return true;
    }

    /// <summary>Which row of the source becomes this one.</summary>
    private long SourceOf(long row)
    {
        (long head, long place) = Math.DivRem(row, headSize);
        int half = headSize / 2;
        long source = order == RotaryOrder.PairsToHalves
            ? (place < half ? 2 * place : (2 * (place - half)) + 1)
            : (place % 2 == 0 ? place / 2 : (place / 2) + half);
        return (head * headSize) + source;
    }

    private void CopyBytes(
        SafetensorsFile file, SafetensorsEntry entry, long start, long count, SafetensorsType type, Stream destination)
    {
        for (long done = 0; done < count; done += BlockBytes)
        {
            Span<byte> block = _source.AsSpan(0, (int)Math.Min(BlockBytes, count - done));
            file.Read(entry.Name, start + done, block);
            if (type == entry.Type)
            {
                destination.Write(block);
                continue;
            }
            Span<float> values = Widen(block, entry.Type);
            if (type == SafetensorsType.F32) destination.Write(MemoryMarshal.AsBytes(values));
            else WriteNarrowed(file, entry, values, type, destination);
        }
    }

    private Span<float> Widen(ReadOnlySpan<byte> block, SafetensorsType type)
    {
        if (type == SafetensorsType.F32)
        {
            ReadOnlySpan<float> singles = MemoryMarshal.Cast<byte, float>(block);
            singles.CopyTo(_values);
            return _values.AsSpan(0, singles.Length);
        }
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(block);
        for (int i = 0; i < halves.Length; i++)
            _values[i] = type == SafetensorsType.BF16
                ? BFloat16Format.ToSingle(halves[i]) : (float)BitConverter.UInt16BitsToHalf(halves[i]);
        return _values.AsSpan(0, halves.Length);
    }

    private static void WriteNarrowed(
        SafetensorsFile file, SafetensorsEntry entry, Span<float> values, SafetensorsType type, Stream destination)
    {
        // In place: two bytes for each four, so that what is written lies behind what is still to be read.
        Span<ushort> narrow = MemoryMarshal.Cast<float, ushort>(values)[..values.Length];
        for (int i = 0; i < narrow.Length; i++)
        {
            float value = values[i];
            ushort bits = type == SafetensorsType.BF16 ? BFloat16Format.FromSingle(value) : BitConverter.HalfToUInt16Bits((Half)value);
            bool isFinite = type == SafetensorsType.BF16
                ? float.IsFinite(BFloat16Format.ToSingle(bits)) : Half.IsFinite(BitConverter.UInt16BitsToHalf(bits));
            if (!isFinite && float.IsFinite(value))
                throw new InvalidDataException(
                    $"{file.Path}: tensor {entry} holds {value}, which is too large for {type}: write F32"
                    + $"{(type == SafetensorsType.F16 ? " or BF16" : "")} instead.");
            narrow[i] = bits;
        }
        destination.Write(MemoryMarshal.AsBytes(narrow));
    }
}
