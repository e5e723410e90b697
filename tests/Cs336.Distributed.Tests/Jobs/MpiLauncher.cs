namespace Cs336.Distributed.Tests;

/// <summary>The <c>mpirun</c> of a library, and whether this machine has it.</summary>
internal static class MpiLauncher
{
    public const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich";

    /// <summary>Why jobs cannot be started with it; null where they can.</summary>
    public static string? FindProblem(string name) => Find(name) is not null ? null
        : $"there is no {name} on this machine: install {(name == OpenMpi ? "openmpi-bin" : "mpich")}";

    /// <summary>Its path; null where it is missing.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
