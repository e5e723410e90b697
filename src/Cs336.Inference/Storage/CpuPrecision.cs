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
}
