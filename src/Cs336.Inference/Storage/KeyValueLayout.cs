namespace Cs336.Inference;

/// <summary>
/// How keys and values of one layer lie in memory. Keys: for each head, for each <see cref="Block"/> positions, the positions'
/// first numbers side by side, then their second ones and so on, so that a register holds one number of many positions and a
/// score needs no sum across it. Values: for each head and position its numbers, filled up with zeros to whole registers.
/// </summary>
/// <param name="Heads">Number of key and value heads.</param>
/// <param name="HeadSize">Numbers per head.</param>
/// <param name="Positions">How many positions there is room for.</param>
internal readonly record struct KeyValueLayout(int Heads, int HeadSize, int Positions)
{
    /// <summary>Positions that lie side by side; four of the widest registers, so that four sums run at once.</summary>
    public const int Block = 64;

    private const int WidestRegister = 16;

    /// <summary>Numbers from one position's values to the next one's.</summary>
    public int ValueStride => (HeadSize + WidestRegister - 1) / WidestRegister * WidestRegister;

    /// <summary>Positions in whole blocks.</summary>
    public int Capacity => InBlocks(Positions);

    /// <summary>Numbers that the keys of all heads take.</summary>
    public long KeyCount => (long)Heads * Capacity * HeadSize;

    /// <summary>Numbers that the values of all heads take.</summary>
    public long ValueCount => (long)Heads * Positions * ValueStride;

    /// <summary>Offset of a head's keys among those of all heads.</summary>
    public long KeysOf(int head) => (long)head * Capacity * HeadSize;

    /// <summary>Offset of a head's values among those of all heads.</summary>
    public long ValuesOf(int head) => (long)head * Positions * ValueStride;

    /// <summary>
    /// Offset from <see cref="KeysOf"/> of the first number of a position's key; each next number is <see cref="Block"/> further.
    /// </summary>
    public long KeyAt(int position) => ((long)(position / Block) * Block * HeadSize) + (position % Block);

    /// <summary>Bytes of the keys and values of one sequence.</summary>
    public long BytesOf(int layers) => layers * (KeyCount + ValueCount) * sizeof(float);

    /// <summary>A number of positions rounded up to whole blocks.</summary>
    public static int InBlocks(int positions) => (positions + Block - 1) / Block * Block;

    /// <summary>Checks that the sizes that follow from a configuration, which may come from a stranger's file, fit into arrays.</summary>
    /// <exception cref="InvalidDataException">A sequence's keys or values would not fit an array.</exception>
    public static void CheckFits(TransformerConfig config, string source)
    {
        Int128 heads = (Int128)sizeof(float) * config.NumLayers * config.KeyValueHeads;
        Int128 bytes = heads * ((Int128)config.ContextLength + Block) * (config.HeadSize + WidestRegister);
        if (bytes <= AlignedBuffer.MaxBytes) return;
        throw new InvalidDataException(
            $"{source} has num_layers {config.NumLayers}, num_kv_heads {config.KeyValueHeads}, a head size of {config.HeadSize} and "
            + $"context_length {config.ContextLength}: the keys of one sequence take up to {bytes} bytes, "
            + $"but an array has at most {AlignedBuffer.MaxBytes}. Lower context_length.");
    }
}
