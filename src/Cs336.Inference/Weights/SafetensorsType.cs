namespace Cs336.Inference;

/// <summary>Element types of safetensors files that this library reads and writes.</summary>
public enum SafetensorsType
{
    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a single, 2 bytes.</summary>
    BF16,

    /// <summary>Signed integer, 8 bytes.</summary>
    I64,

    /// <summary>Signed integer, 1 byte.</summary>
    I8,
}
