namespace Cs336.Distributed.Tests;

/// <summary>A test against the library that stands in for NCCL, skipped where it cannot be compiled.</summary>
internal sealed class NcclFactAttribute : FactAttribute
{
    public NcclFactAttribute() => Skip = StubLibrary.FindProblem();
}
