using System.Text.RegularExpressions;

namespace Cs336.Distributed.Tests;

public sealed partial class FailureTests : RankTest
{
    /// <summary>Within how many seconds a job must have ended, from the harm on.</summary>
    private const double Bound = 10;

    /// <summary>How many seconds the probe waits for a rank that hangs.</summary>
    private const double Timeout = 8;

    [MpiTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_rank_that_is_killed_ends_the_job_with_its_number_and_the_run_goes_on_with_the_same_bits(int rank)
    {
        string config = Config("muon");
        using Job whole = Job.Run(2, ["train", Run("whole"), config]).Well();
        using Job killed = Job.Run(2, ["train", Run("cut"), config, "kill", $"{rank}", "25"]);
        AssertEnded(killed);
        Assert.Matches($@"process rank {rank} .* exited on signal 9", killed.Errors); // by the launcher
        Assert.Equal(20, NewestWholeStep("cut"));
        using Job rest = Job.Run(2, ["train", Run("cut"), "-"]).Well();
        Assert.Equal(["begin 20"], rest.Lines("begin"));
        AssertEqualBits("whole", "cut", 50);
    }

    [MpiFact(MpiLauncher.Mpich)]
    public void With_MPICH_a_rank_that_is_killed_ends_the_job_too()
    {
        using Job killed = Job.Run(2, ["train", Run("cut"), Config(), "kill", "1", "25"], MpiLauncher.Mpich);
        AssertEnded(killed);
        Assert.Equal(20, NewestWholeStep("cut"));
    }

    [MpiFact]
    public void A_rank_that_hangs_ends_the_job_with_its_number()
    {
        using Job job = Job.Run(4, ["train", Run("cut"), Config(), "hang", "2", "25"]);
        AssertEnded(job, Timeout + Bound);
        Assert.Contains("ends the job: rank 2 has not come for 8 s", job.Errors);
        Assert.Equal(20, NewestWholeStep("cut"));
    }

    [MpiTheory]
    [InlineData(0, 25)] // the first saves what it has before it ends
    [InlineData(1, 20)]
    public void A_rank_that_fails_ends_the_job_with_its_number_and_its_reason(int rank, long saved)
    {
        using Job job = Job.Run(2, ["train", Run("cut"), Config(), "throw", $"{rank}", "25"]);
        AssertEnded(job);
        Assert.Matches($@"rank {rank} of 2 on .* ends the job: a watcher has seen enough", job.Errors);
        Assert.Equal(saved, NewestWholeStep("cut"));
    }

    [MpiFact]
    public void Where_the_optimizer_is_divided_the_first_rank_cannot_save_when_it_fails_and_the_last_checkpoint_stands()
    {
        string config = Config(training: """{ "max_steps": 50, "shard_optimizer": true }""");
        using Job job = Job.Run(2, ["train", Run("cut"), config, "throw", "0", "25"]);
        AssertEnded(job);
        Assert.Equal(20, NewestWholeStep("cut"));
        using Job rest = Job.Run(2, ["train", Run("cut"), "-"]).Well();
        Assert.Equal(["begin 20"], rest.Lines("begin"));
    }

    [MpiFact]
    public void A_rank_whose_weights_become_others_is_found_at_the_next_checkpoint_and_named()
    {
        using Job job = Job.Run(4, ["train", Run("cut"), Config(), "poison", "3", "25"]);
        AssertEnded(job);
        Assert.Contains("After step 30 the weights of rank 3 are not those of rank 0, and the checkpoint is not written", job.Errors);
        Assert.Equal(20, NewestWholeStep("cut"));
    }

    [MpiFact]
    public void A_rank_whose_loss_is_no_number_is_named_and_all_end_with_the_last_good_state()
    {
        using Job job = Job.Run(2, ["train", Run("cut"), Config(), "nan", "1", "25"]);
        AssertEnded(job);
        Assert.Matches(@"At step 25 the loss is NaN and the gradient norm NaN \(on rank 1\): the training has diverged", job.Errors);
        Assert.Equal(25, NewestWholeStep("cut"));
    }

    /// <summary>The time of the harm is the probe's; that of the end is now.</summary>
    private static void AssertEnded(Job job, double bound = Bound)
    {
        Assert.NotEqual(0, job.ExitCode);
        Match harm = Harm().Match(job.Errors);
        Assert.True(harm.Success, job.Errors);
        double seconds = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - long.Parse(harm.Groups[1].Value)) / 1000.0;
        Assert.InRange(seconds, 0, bound);
    }

    [GeneratedRegex(@"on rank \d at (\d+)")]
    private static partial Regex Harm();
}
