using System.Runtime.CompilerServices;

namespace Cs336.Simd;

/// <summary>e^(x - shift), as <see cref="Exponential{TLanes, TVector}"/> computes it, added up in one register.</summary>
/// <param name="shift">What is subtracted: the largest x, or a larger number, so that no exponential overflows.</param>
internal readonly struct ShiftedExponential<TLanes, TVector>(float shift) : IMapAndSum<TVector, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    private readonly TVector _shifts = TLanes.Broadcast(shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Map(TVector x) => Exponential<TLanes, TVector>.Apply(TLanes.Subtract(x, _shifts));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Add(TVector sum, TVector mapped) => TLanes.Add(sum, mapped);
}
