namespace Cs336.Distributed;

/// <summary>Finds the engine that goes with how this process was started.</summary>
public static class Communicators
{
    private const string IdVariable = "CS336_NCCL_ID";

    /// <summary>
    /// Joins the processes that a launcher has started with this one. Where none has, or it has started one alone, nothing is loaded. They
    /// are joined by MPI, or by NCCL where <c>CS336_NCCL_ID</c> names a file that all see.
    /// </summary>
    /// <exception cref="CommunicationException">The launcher's variables tell of several processes, but they cannot be joined.</exception>
    public static ICommunicator Open()
    {
        LaunchedRank? launched = LaunchedRank.Find();
        if (launched is null || launched.Size == 1) return new SingleCommunicator();
        if (Environment.GetEnvironmentVariable(IdVariable) is { Length: > 0 } file && launched.Size is int size)
            return NcclCommunicator.Join(launched.Rank, size, file);
        if (launched.JoinsMpi) return MpiCommunicator.Join(launched);
        if (launched.Size is null) return new SingleCommunicator(); // an index alone says nothing of processes that train together
        throw new CommunicationException($"{launched.Launcher} has started {launched.Size} processes ({launched.Variable} is "
            + $"{launched.Rank}), but tells them nothing that MPI could join them by: start them with mpirun or srun, "
            + $"or, with a device of NVIDIA's each, set {IdVariable} to a file that all see.");
    }
}
