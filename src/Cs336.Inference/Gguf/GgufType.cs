namespace Cs336.Inference;

/// <summary>How a GGUF file holds the numbers of a matrix, by the format's own numbers.</summary>
public enum GgufType
{
    /// <summary>IEEE 754 single precision, 4 bytes: the numbers that were trained.</summary>
    F32 = 0,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    F16 = 1,

    /// <summary>
    /// Blocks of 32 numbers of 4 bits with one half-precision scale: 18 bytes for 32. Embeddings and head of a file that is written in it
    /// are <see cref="Q8_0"/>.
    /// </summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32 numbers of 8 bits with one half-precision scale: 34 bytes for 32.</summary>
    Q8_0 = 8,

    /// <summary>
    /// Blocks of 256 numbers of 4 bits in eight parts with scales and minima of 6 bits: 144 bytes for 256. Read, and not written.
    /// </summary>
    Q4_K = 12,

    /// <summary>
    /// Blocks of 256 numbers of 6 bits in sixteen parts with scales of 8 bits: 210 bytes for 256. Read, and not written.
    /// </summary>
    Q6_K = 14,

    /// <summary>bfloat16: the upper half of a single, 2 bytes.</summary>
    BF16 = 30,
}
