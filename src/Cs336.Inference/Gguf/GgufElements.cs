using System.Buffers.Binary;

namespace Cs336.Inference;

/// <summary>
/// Numbers to and from the bytes of each <see cref="GgufType"/>, as ggml's reference quantization has them but for
/// <see cref="GgufFourBits"/>.
/// </summary>
internal static class GgufElements
{
    /// <summary>How many numbers share a scale in the quantized types that are written.</summary>
    public const int Block = WeightBlocks.Numbers;

    private const int ScaleBytes = WeightBlocks.ScaleBytes;

    /// <summary>The types that are written, for messages.</summary>
    public static IEnumerable<GgufType> Written => Enum.GetValues<GgufType>().Where(type => BlockOf(type) <= Block);

    /// <summary>Whether numbers come in blocks.</summary>
    public static bool IsQuantized(GgufType type) => BlockOf(type) > 1;

    /// <summary>How many numbers come together.</summary>
    public static int BlockOf(GgufType type) => type switch
    {
        GgufType.Q8_0 or GgufType.Q4_0 => Block,
        GgufType.Q4_K or GgufType.Q6_K => GgufSuperBlocks.Block,
        _ => 1,
    };

    /// <summary>The bytes of numbers, which are whole blocks.</summary>
    public static long SizeOf(GgufType type, long count) => checked(count / BlockOf(type) * BytesOf(type));

    private static int BytesOf(GgufType type) => type switch
    {
        GgufType.F32 => 4,
        GgufType.F16 or GgufType.BF16 => 2,
        GgufType.Q8_0 => WeightBlocks.Q8Bytes,
        GgufType.Q4_0 => WeightBlocks.Q4Bytes,
        GgufType.Q4_K => GgufSuperBlocks.Q4Bytes,
        _ => GgufSuperBlocks.Q6Bytes,
    };

    /// <summary>Writes numbers, which are finite.</summary>
    /// <returns>
    /// The first number that is too large for half precision, or that makes the scale of its block too large for it; null where all were
    /// written.
    /// </returns>
    public static float? Write(ReadOnlySpan<float> values, GgufType type, Span<byte> destination)
    {
        switch (type)
        {
            case GgufType.F32:
                for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(destination[(4 * i)..], values[i]);
                return null;
            case GgufType.BF16:
                for (int i = 0; i < values.Length; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], BFloat16Format.FromSingle(values[i]));
                return null;
            case GgufType.F16:
                for (int i = 0; i < values.Length; i++)
                {
                    if (!TryWriteHalf(values[i], destination[(2 * i)..])) return values[i];
                }
                return null;
            default:
                int size = (int)SizeOf(type, Block);
                for (int i = 0; i < values.Length / Block; i++)
                {
                    ReadOnlySpan<float> block = values.Slice(i * Block, Block);
                    Span<byte> bytes = destination.Slice(i * size, size);
                    if (!(type == GgufType.Q8_0 ? TryWriteQ8(block, bytes) : GgufFourBits.TryWrite(block, bytes))) return Largest(block);
                }
                return null;
        }
    }

    /// <summary>Reads numbers.</summary>
    public static void Read(ReadOnlySpan<byte> source, GgufType type, Span<float> values)
    {
        int size = BytesOf(type), numbers = BlockOf(type);
        if (IsQuantized(type))
        {
            for (int i = 0; i < values.Length / numbers; i++)
                ReadBlock(source.Slice(i * size, size), type, values.Slice(i * numbers, numbers));
            return;
        }
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> bytes = source[(i * size)..];
            values[i] = type switch
            {
                GgufType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
                GgufType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
                _ => BFloat16Format.ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
            };
        }
    }

    private static void ReadBlock(ReadOnlySpan<byte> bytes, GgufType type, Span<float> values)
    {
        switch (type)
        {
            case GgufType.Q8_0:
                WeightBlocks.ReadQ8(bytes, values);
                break;
            case GgufType.Q4_0:
                WeightBlocks.ReadQ4(bytes, values);
                break;
            case GgufType.Q4_K:
                GgufSuperBlocks.ReadQ4(bytes, values);
                break;
            default:
                GgufSuperBlocks.ReadQ6(bytes, values);
                break;
        }
    }

    /// <summary>The largest magnitude becomes 127; halves are rounded away from zero.</summary>
    private static bool TryWriteQ8(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        float scale = MathF.Abs(Largest(values)) / 127, inverse = Inverse(scale);
        if (!TryWriteHalf(scale, bytes)) return false;
        for (int i = 0; i < Block; i++)
            bytes[ScaleBytes + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        return true;
    }

    /// <summary>The number of largest magnitude, the first of equal ones.</summary>
    internal static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
            if (MathF.Abs(largest) < MathF.Abs(value)) largest = value;
        return largest;
    }

    /// <summary>Zero where the inverse would be infinite: such a scale is zero in half precision.</summary>
    internal static float Inverse(float scale) => float.IsFinite(1 / scale) ? 1 / scale : 0;

    private static bool TryWriteHalf(float value, Span<byte> bytes)
    {
        BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
        return Half.IsFinite((Half)value);
    }
}
