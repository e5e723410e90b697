namespace Cs336.Transformer;

/// <summary>
/// Which code computes what costs most time: linear maps, attention, the rotation by positions, SiLU. The results are equal up to rounding.
/// </summary>
public enum ComputePath
{
    /// <summary>Fused kernels, libtorch's or this library's own, which hold less and take less time.</summary>
    Fast,

    /// <summary>The equations written out in tensor operations. The one to read.</summary>
    Explicit,
}
