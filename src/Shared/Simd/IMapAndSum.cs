namespace Cs336.Simd;

/// <summary>
/// What <see cref="MapAndSum"/> does with each register. A struct, so that the loop is compiled for it alone and calls nothing.
/// </summary>
/// <typeparam name="TVector">The register.</typeparam>
/// <typeparam name="TSum">What the results are added up in: a register, or several where one would make each addition wait for the
/// last.</typeparam>
internal interface IMapAndSum<TVector, TSum>
    where TVector : struct
    where TSum : struct
{
    /// <summary>What takes the place of the numbers of a register.</summary>
    TVector Map(TVector x);

    /// <summary>The sum with one more result.</summary>
    TSum Add(TSum sum, TVector mapped);
}
