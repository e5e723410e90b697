using System.Runtime.InteropServices;

namespace Cs336.Transformer.Tests;

public sealed class WithoutMemoryTests
{
    [LinuxX64Theory]
    [InlineData("forward-without-memory")]
    [InlineData("backward-without-memory")]
    public async Task Attention_that_finds_no_memory_is_an_exception_and_the_process_goes_on(string mode)
    {
        (int exitCode, string output) = await Probe.RunAsync(mode);
        Assert.Equal($"before: True\ntold: {nameof(OutOfMemoryException)}\nafter: True\n", output);
        Assert.Equal(0, exitCode);
    }

    [LinuxX64Theory]
    [InlineData(4L * ((2 * 10 * 4096) + (4 * 4096 * 4096) + (3 * 4096 * 4) + (3 * 4096)))]
    public async Task A_model_that_finds_no_memory_is_an_exception_that_tells_how_much_it_takes(long bytes)
    {
        (int exitCode, string output) = await Probe.RunAsync("model-without-memory");
        Assert.Equal(
            $"told: {nameof(InsufficientMemoryException)}: There is not enough memory for the parameters of the model, which take "
                + $"{bytes} bytes in all: choose a smaller d_model, num_layers, d_ff or vocab_size. \nafter: 12\n", output);
        Assert.Equal(0, exitCode);
    }

    /// <summary>How a process is denied memory is the system's own way.</summary>
    private sealed class LinuxX64TheoryAttribute : TheoryAttribute
    {
        public LinuxX64TheoryAttribute()
        {
            if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
                Skip = "memory is denied in Linux's way on x64";
        }
    }
}
