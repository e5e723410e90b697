using Cs336.Training;

namespace Cs336.Cli.Tests;

public sealed class WithoutMemoryTests : IDisposable
{
    private const long AddressSpace = 6_000_000_000;
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_memory_does_not_hold_is_refused_in_a_sentence(bool dry)
    {
        using CliProcess run = await CliProcess.RunWithinAsync(AddressSpace, _small.Folder,
            ["train", .. _small.Config, "--output", "run", "--set", "model.d_model=30000", .. dry ? (string[])["--dry-run"] : []]);
        Assert.True(run.ExitCode == ExitCodes.BadInput, $"{run.ExitCode}: {run.Errors}");
        // 4 bytes for each of 30000 * (600 + 4 * 30000 + 3 * 32 + 3) parameters, for the gradient of each and for AdamW's two moments.
        Assert.Contains("The run takes at least 57.9 GB of memory for parameters, gradients, the optimizer's state and batches, but this "
            + "process can have 6.0 GB: choose ", run.Errors);
        Assert.False(Directory.Exists(_small.File("run")));
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_memory_does_not_hold_ends_the_run_in_a_sentence_and_its_checkpoint_stays(bool dry)
    {
        CliRun.Of(["train", .. _small.Config, "--output", _small.File("run")]).Succeeded();
        using CliProcess run = await CliProcess.RunWithinAsync(AddressSpace, _small.Folder,
            ["train", .. _small.Config, "--output", "run", "--resume", "--set", "training.max_steps=20", "training.batch_size=400000",
                "training.read_ahead=0", .. dry ? (string[])["--dry-run"] : []]);
        Assert.True(run.ExitCode == ExitCodes.BadInput, $"{run.ExitCode}: {run.Errors}");
        Assert.Contains("warning: The run takes about ", run.Errors);
        Assert.Contains("error: There is not enough memory for a step of batches of 400000 windows: lower batch_size, and raise "
            + "accumulation_steps", run.Errors);
        Assert.DoesNotContain("   at ", run.Errors);
        Assert.Equal(12, CheckpointReader.FindNewest(new RunDirectory(_small.File("run")).OpenCheckpoints()).Step);
    }

    /// <summary>How a process is denied memory is the system's own way.</summary>
    private sealed class LinuxTheoryAttribute : TheoryAttribute
    {
        public LinuxTheoryAttribute()
        {
            if (!OperatingSystem.IsLinux()) Skip = "memory is denied in Linux's way";
        }
    }
}
