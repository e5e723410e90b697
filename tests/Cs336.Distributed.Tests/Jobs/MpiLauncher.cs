using Cs336.Testing;

namespace Cs336.Distributed.Tests;

/// <summary>The <c>mpirun</c> of a library, and whether this machine has it.</summary>
internal static class MpiLauncher
{
    public const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich";

    /// <summary>Why jobs cannot be started with it; null where they can.</summary>
    public static string? FindProblem(string name) => ProgramPath.Find(name) is not null ? null
        : $"there is no {name} on this machine: install {(name == OpenMpi ? "openmpi-bin" : "mpich")}";
}
