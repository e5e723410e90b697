using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>Weights in float32.</summary>
internal readonly unsafe struct Float32Format : IWeightFormat
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : IFloatLanes<TVector>
        where TVector : struct => TLanes.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadOne(byte* source) => *(float*)source;
}
