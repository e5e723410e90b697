using System.Buffers.Binary;

namespace Cs336.Inference;

/// <summary>
/// Numbers of the types whose blocks of 256 have smaller ones inside, with scales of their own that are quantized in turn: ggml's Q4_K and
/// Q6_K, which are read and never written.
/// </summary>
internal static class GgufSuperBlocks
{
    /// <summary>How many numbers make a block.</summary>
    public const int Block = 256;

    /// <summary>Bytes of a block: two half-precision scales, 8 pairs of 6 bits, 256 numbers of 4 bits.</summary>
    public const int Q4Bytes = 4 + ScaleBytes + (Block / 2);

    /// <summary>Bytes of a block: 4 lower and 2 upper bits of 256 numbers, 16 scales of 8 bits, a half-precision scale.</summary>
    public const int Q6Bytes = (Block / 2) + (Block / 4) + (Block / 16) + 2;

    private const int ScaleBytes = 12, Part = 32;

    /// <summary>Number · scale - minimum, for eight parts of 32 numbers; a byte holds a number of each of two parts.</summary>
    public static void ReadQ4(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        float minimum = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        ReadOnlySpan<byte> scales = block.Slice(4, ScaleBytes), numbers = block[(4 + ScaleBytes)..];
        for (int part = 0; part < Block / Part; part++)
        {
            (int ownScale, int ownMinimum) = PairOf(scales, part);
            float factor = scale * ownScale, offset = minimum * ownMinimum;
            ReadOnlySpan<byte> bytes = numbers.Slice(part / 2 * Part, Part);
            for (int i = 0; i < Part; i++)
                values[(part * Part) + i] = (factor * (part % 2 == 0 ? bytes[i] & 0xF : bytes[i] >> 4)) - offset;
        }
    }

    /// <summary>(Number - 32) · scale, for sixteen parts of 16 numbers.</summary>
    public static void ReadQ6(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> lower = block[..(Block / 2)], upper = block.Slice(Block / 2, Block / 4);
        ReadOnlySpan<byte> scales = block.Slice(Block * 3 / 4, Block / 16);
        float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block[(Q6Bytes - 2)..]);
        for (int i = 0; i < Block; i++)
        {
            // Each half of the block has four rows of 32: two in the lower and two in the upper four bits, and two bits of a byte each.
            (int half, int inHalf) = Math.DivRem(i, Block / 2);
            (int row, int column) = Math.DivRem(inHalf, Part);
            int four = lower[(half * 2 * Part) + (row % 2 * Part) + column] >> (row / 2 * 4) & 0xF;
            int two = upper[(half * Part) + column] >> (2 * row) & 3;
            values[i] = scale * (sbyte)scales[i / 16] * ((four | (two << 4)) - 32);
        }
    }

    /// <summary>
    /// The scale and the minimum of a part, 6 bits each: those of the first four parts fill the lower bits of eight bytes, those of the
    /// others have their lower four bits in the last four bytes and their upper two where the first eight have room.
    /// </summary>
    private static (int Scale, int Minimum) PairOf(ReadOnlySpan<byte> scales, int part) => part < 4
        ? (scales[part] & 0x3F, scales[part + 4] & 0x3F)
        : ((scales[part + 4] & 0xF) | (scales[part - 4] >> 6 << 4), (scales[part + 4] >> 4) | (scales[part] >> 6 << 4));
}
