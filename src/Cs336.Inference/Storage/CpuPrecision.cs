namespace Cs336.Inference;

/// <summary>
/// How <see cref="CpuLanguageModel"/> holds the matrices of a model. Sums are in float32, and so are norms, keys and values, whatever it
/// is.
/// </summary>
public enum CpuPrecision
{
    /// <summary>IEEE 754 single precision, 4 bytes per weight: the numbers that were trained.</summary>
    Float32,

    /// <summary>bfloat16, 2 bytes per weight: the upper half of a single, rounded to nearest even.</summary>
    BFloat16,

    /// <summary>
    /// 8-bit integers with one scale per row, 1 byte per weight; inputs are quantised as they come, with one scale for each 64 numbers.
    /// </summary>
    Int8,

    /// <summary>
    /// 8-bit integers with one half-precision scale for each 32, as a GGUF file holds them; inputs are quantised as they come, with one
    /// scale for each 32 numbers. Only weights of such a file are held so: others are not converted to it.
    /// </summary>
    Q8_0,

    /// <summary>The same with integers of 4 bits.</summary>
    Q4_0,
}
