using System.Runtime.InteropServices;

namespace Cs336.Training.Tests;

public sealed class WithoutMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxX64Fact]
    public void A_step_that_finds_no_memory_ends_the_training_with_an_exception_and_its_checkpoints_whole()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(3_000, 40), 40), run = _folder.File("run");
        string config = _folder.Write("config.json", RunConfig.Parse($$"""
            {
              "model": { "vocab_size": 40, "context_length": 64, "d_model": 128, "num_layers": 2, "num_heads": 4, "d_ff": 344 },
              "optimizer": { "schedule": "constant", "warmup_steps": 0 },
              "training": { "batch_size": 16, "max_steps": 12, "checkpoint_every": 5 },
              "data": { "training": [{ "path": "{{data}}" }] }
            }
            """).ToJson());
        using (Probe probe = new("starve", run, config))
        {
            string? end = probe.WaitFor(line => line.StartsWith("ended with ", StringComparison.Ordinal));
            Assert.True(end is "ended with InsufficientMemoryException" or "ended with OutOfMemoryException",
                $"{end}; {string.Join("; ", probe.Lines)}");
            probe.Finish();
        }
        CheckpointFinding found = CheckpointReader.FindNewest(new RunDirectory(run).OpenCheckpoints());
        Assert.Empty(found.Warnings);
        Assert.Equal(7, found.Step); // writing it takes next to none
        using (Probe probe = new("train", run, config))
        {
            probe.Finish();
            Assert.Equal("begin 7", probe.Lines[0]);
            Assert.Equal("done 12", probe.Lines[^1]);
        }
    }

    /// <summary>How a process is denied memory is the system's own way.</summary>
    private sealed class LinuxX64FactAttribute : FactAttribute
    {
        public LinuxX64FactAttribute()
        {
            if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
                Skip = "memory is denied in Linux's way on x64";
        }
    }
}
