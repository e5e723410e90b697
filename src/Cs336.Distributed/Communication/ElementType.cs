namespace Cs336.Distributed;

/// <summary>What the elements of a buffer are.</summary>
public enum ElementType
{
    /// <summary>A byte; not added up.</summary>
    Byte,

    /// <summary>A 32-bit float.</summary>
    Float32,

    /// <summary>The upper half of a 32-bit float; added up in 32 bits, and rounded once.</summary>
    BFloat16,

    /// <summary>A 64-bit float.</summary>
    Float64,

    /// <summary>A 64-bit whole number.</summary>
    Int64,
}
