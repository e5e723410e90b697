namespace Cs336.Distributed.Tests;

/// <summary>A test that is skipped, with the reason, where a library's launcher is missing.</summary>
internal sealed class MpiFactAttribute : FactAttribute
{
    public MpiFactAttribute(string launcher = MpiLauncher.OpenMpi) => Skip = MpiLauncher.FindProblem(launcher);
}
