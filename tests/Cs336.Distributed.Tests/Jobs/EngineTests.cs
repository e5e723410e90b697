namespace Cs336.Distributed.Tests;

public sealed class EngineTests
{
    [MpiTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_call_gives_what_it_must_with_OpenMPI(int ranks)
    {
        using Job job = Job.Run(ranks, ["collect"]).Well();
        Assert.Contains($"all as it must be: {ranks} ranks, Open MPI", job.Output);
    }

    [MpiTheory(MpiLauncher.Mpich)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_call_gives_what_it_must_with_MPICH(int ranks)
    {
        using Job job = Job.Run(ranks, ["collect"], MpiLauncher.Mpich).Well();
        Assert.Contains($"all as it must be: {ranks} ranks, MPICH", job.Output);
    }

    [Fact]
    public void Every_call_gives_what_it_must_in_one_process()
    {
        using Job job = Job.RunAlone(["collect"]).Well();
        Assert.Contains("all as it must be: 1 ranks, one process", job.Output);
    }

    [Fact]
    public void Without_a_library_of_MPI_the_message_says_what_to_install()
    {
        using Job job = Job.RunAlone(["collect"], ("OMPI_COMM_WORLD_RANK", "0"), ("OMPI_COMM_WORLD_SIZE", "2"),
            ("CS336_MPI", "libnone.so"));
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("OpenMPI's mpirun has started this process, but there is no library of MPI (libnone.so): install OpenMPI "
            + "(libopenmpi3) or MPICH (libmpich12)", job.Errors);
    }

    [Fact]
    public void Processes_of_a_launcher_that_knows_no_MPI_are_refused_in_a_sentence()
    {
        using Job job = Job.RunAlone(["collect"], ("RANK", "1"), ("WORLD_SIZE", "2"));
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("torchrun or Kubeflow has started 2 processes (RANK is 1), but tells them nothing that MPI could join them by: "
            + "start them with mpirun or srun, or", job.Errors);
    }

    [MpiFact]
    public void Processes_that_a_launcher_has_started_and_MPI_has_not_joined_are_refused()
    {
        using Job job = Job.RunAlone(["collect"], ("SLURM_PROCID", "1"), ("SLURM_STEP_NUM_TASKS", "4"), ("OMPI_MCA_ess", "singleton"),
            ("OMPI_MCA_plm", "isolated"));
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("srun has started 4 processes, but Open MPI", job.Errors);
        Assert.Contains("joins 1: use the launcher of this library", job.Errors);
    }
}
