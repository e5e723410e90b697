namespace Cs336.Inference;

/// <summary>How a GGUF file holds the numbers of a matrix, by the format's own numbers.</summary>
public enum GgufType
{
    /// <summary>IEEE 754 single precision, 4 bytes: the numbers that were trained.</summary>
    F32 = 0,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    F16 = 1,

    /// <summary>Blocks of 32 numbers of 4 bits with one half-precision scale: 18 bytes for 32.</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32 numbers of 8 bits with one half-precision scale: 34 bytes for 32.</summary>
    Q8_0 = 8,

    /// <summary>bfloat16: the upper half of a single, 2 bytes.</summary>
    BF16 = 30,
}
