namespace Cs336.Distributed.Tests;

public sealed class LaunchedRankTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 PMIX_RANK=3", 3, 4, true)]
    [InlineData("PMI_RANK=1 PMI_SIZE=2", 1, 2, true)]
    [InlineData("PMI_RANK=1 PMI_SIZE=2 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2", 1, 2, true)]
    [InlineData("PMIX_RANK=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=8", 0, 8, true)]
    [InlineData("PMIX_RANK=5", 5, null, true)]
    [InlineData("SLURM_PROCID=2 SLURM_STEP_NUM_TASKS=3", 2, 3, true)]
    [InlineData("RANK=1 WORLD_SIZE=2 LOCAL_RANK=1", 1, 2, false)]
    [InlineData("JOB_COMPLETION_INDEX=7", 7, null, false)]
    [InlineData("JOB_COMPLETION_INDEX=7 WORLD_SIZE=8", 7, 8, false)]
    public void Every_launcher_is_known_by_its_variables(string variables, int rank, int? size, bool joinsMpi)
    {
        LaunchedRank launched = Find(variables)!;
        Assert.Equal((rank, size, joinsMpi), (launched.Rank, launched.Size, launched.JoinsMpi));
    }

    [Theory]
    [InlineData("")]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=4")] // a batch script itself, which no srun has started
    [InlineData("WORLD_SIZE=4")]
    [InlineData("OMPI_COMM_WORLD_RANK=")]
    public void A_process_that_no_launcher_has_started_is_none(string variables) => Assert.Null(Find(variables));

    [Theory]
    [InlineData("PMI_RANK=one", "PMI_RANK is 'one', but must be a whole number of at least 0.")]
    [InlineData("RANK=-1 WORLD_SIZE=2", "RANK is '-1', but must be a whole number of at least 0.")]
    [InlineData("RANK=0 WORLD_SIZE=0", "WORLD_SIZE is '0', but must be a whole number of at least 1.")]
    [InlineData("RANK=2 WORLD_SIZE=2", "RANK is 2, but there are 2 ranks, numbered from 0: was it left by another launcher?")]
    public void What_is_no_rank_is_told_with_its_variable(string variables, string message) =>
        Assert.Equal(message, Assert.Throws<CommunicationException>(() => Find(variables)).Message);

    private static LaunchedRank? Find(string variables)
    {
        Dictionary<string, string> values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Split('='))
            .ToDictionary(item => item[0], item => item[1]);
        return LaunchedRank.Find(name => values.GetValueOrDefault(name));
    }
}
