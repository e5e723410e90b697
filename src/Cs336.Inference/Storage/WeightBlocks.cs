namespace Cs336.Inference;

/// <summary>
/// Matrices as GGUF files hold them in Q8_0 and Q4_0: blocks of 32 numbers, each with a scale in half precision before its integers. A
/// row is whole blocks.
/// </summary>
internal static unsafe class WeightBlocks
{
    /// <summary>Numbers of a block.</summary>
    public const int Numbers = 32;

    /// <summary>Bytes of a block's scale, which comes first.</summary>
    public const int ScaleBytes = 2;

    /// <summary>Bytes of a block with 8 bits a number.</summary>
    public const int Q8Bytes = ScaleBytes + Numbers;

    /// <summary>
    /// Bytes of a block with 4 bits a number: its byte i holds number i in the lower bits and number i + 16 in the upper.
    /// </summary>
    public const int Q4Bytes = ScaleBytes + (Numbers / 2);

    /// <summary>What is taken from a number of 4 bits, which are without a sign.</summary>
    public const int Q4Middle = 8;

    /// <summary>The numbers of a block of 8 bits.</summary>
    public static void ReadQ8(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = ScaleOf(block);
        for (int i = 0; i < Numbers; i++) values[i] = (sbyte)block[ScaleBytes + i] * scale;
    }

    /// <summary>The numbers of a block of 4 bits.</summary>
    public static void ReadQ4(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = ScaleOf(block);
        for (int i = 0; i < Numbers / 2; i++)
        {
            values[i] = ((block[ScaleBytes + i] & 0xF) - Q4Middle) * scale;
            values[i + (Numbers / 2)] = ((block[ScaleBytes + i] >> 4) - Q4Middle) * scale;
        }
    }

    private static float ScaleOf(ReadOnlySpan<byte> block) => (float)System.Buffers.Binary.BinaryPrimitives.ReadHalfLittleEndian(block);
}
