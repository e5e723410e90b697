using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>How the float kernels read a weight.</summary>
internal unsafe interface IWeightFormat
{
    /// <summary>Bytes per weight.</summary>
    static abstract int Size { get; }

    static abstract TVector Load<TLanes, TVector>(byte* source)
        where TLanes : IFloatLanes<TVector>
        where TVector : struct;

    static abstract float LoadOne(byte* source);
}
