namespace Cs336.Distributed.Tests;

public sealed class CommandLineTests : RankTest
{
    [MpiFact]
    public void The_command_line_trains_on_ranks_and_goes_on_with_mpirun_before_it()
    {
        string config = Config(training: """{ "max_steps": 20 }""");
        using Job begun = Job.RunCommandLine(2, "train", "--config", config, "--output", Run("run")).Well();
        Assert.Contains("training on 2 ranks over Open MPI", begun.Errors);
        Assert.Contains("rank 1 on ", begun.Errors);
        Assert.Single(begun.Output.Split('\n'), line => line.StartsWith("Run ", StringComparison.Ordinal)); // told once
        Assert.Equal(20, NewestWholeStep("run"));
        Assert.Equal(20, File.ReadLines(Path.Combine(Run("run"), "metrics.jsonl")).Count());

        using Job longer = Job.RunCommandLine(2, "train", "--output", Run("run"), "--resume", "--set", "training.max_steps=30").Well();
        Assert.Contains("going on at step 20", longer.Errors);
        Assert.Equal(30, NewestWholeStep("run"));
    }

    [MpiFact]
    public void What_keeps_the_first_rank_from_beginning_ends_all_with_its_message()
    {
        using Job job = Job.RunCommandLine(2, "train", "--config", Folder.File("none.json"), "--output", Run("run"));
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("none.json", job.Errors);
        Assert.False(Directory.Exists(Run("run")));
    }
}
