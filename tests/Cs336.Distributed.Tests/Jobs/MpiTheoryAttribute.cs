namespace Cs336.Distributed.Tests;

/// <summary>The same for a theory.</summary>
internal sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute(string launcher = MpiLauncher.OpenMpi) => Skip = MpiLauncher.FindProblem(launcher);
}
