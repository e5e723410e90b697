using System.Globalization;

namespace Cs336.Transformer.Tests;

/// <summary>The allocator's options hold for a whole process, so each test starts one.</summary>
public class AllocatorOptionsTests
{
    private const string Variable = "CS336_TUNE_ALLOCATOR";

    [GlibcFact]
    public async Task Freed_memory_is_reused_without_asking_the_kernel()
    {
        long tuned = await CountPageFaultsAsync("1"), untuned = await CountPageFaultsAsync("0");
        Assert.True(tuned < untuned / 10, $"{tuned} page faults a repetition with the allocator tuned, {untuned} without");
    }

    [GlibcFact]
    public async Task The_environment_variable_switches_it_off() =>
        Assert.Contains(
            "glibc's allocator is left as it is, as asked", await RunAsync("ensure-loaded", (Variable, "0")), StringComparison.Ordinal);

    [GlibcFact]
    public async Task The_AppContext_switch_switches_it_off() =>
        Assert.Contains(
            "glibc's allocator is left as it is, as asked", await RunAsync("switched-off", (Variable, null)), StringComparison.Ordinal);

    [Theory]
    [InlineData("MALLOC_TRIM_THRESHOLD_", "1000000")]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.mmap_max=100")]
    public async Task Where_the_environment_configures_the_allocator_its_options_stand(string name, string value)
    {
        string output = await RunAsync("ensure-loaded", (Variable, null), (name, value));
        Assert.Contains(
            Glibc.IsPresent ? "glibc's allocator is left as the environment sets it" : "the system's allocator is left as it is",
            output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_is_neither_0_nor_1_is_refused()
    {
        (int exitCode, string output) = await Probe.RunAsync("ensure-loaded", folder: null, (Variable, "off"));
        Assert.Equal(1, exitCode);
        Assert.Contains("The environment variable CS336_TUNE_ALLOCATOR is \"off\", expected 0 or 1", output, StringComparison.Ordinal);
    }

    private static async Task<long> CountPageFaultsAsync(string tune)
    {
        string output = await RunAsync("page-faults", (Variable, tune));
        string line = output.Split('\n').Single(line => line.StartsWith("faults ", StringComparison.Ordinal));
        return long.Parse(line["faults ".Length..], CultureInfo.InvariantCulture);
    }

    private static async Task<string> RunAsync(string mode, params (string Name, string? Value)[] environment)
    {
        (int exitCode, string output) = await Probe.RunAsync(mode, folder: null, environment);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
