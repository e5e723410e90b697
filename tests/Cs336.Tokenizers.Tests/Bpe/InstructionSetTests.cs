using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Tokenizers.Tests;

/// <summary>Runs tests that compare ids and pre-tokens in another process, where the runtime may not use what this processor has.</summary>
public class InstructionSetTests
{
    private const string Told = "CS336_TEST_INSTRUCTIONS";

    [Theory]
    [InlineData("no AVX-512", "DOTNET_EnableAVX512")]
    [InlineData("no vectors", "DOTNET_EnableHWIntrinsic")]
    public async Task Ids_are_the_same_with(string instructions, string setting)
    {
        string[] classes = ["BpeMergerTests", "Gpt2PreTokenizerTests", "Gpt2ScannerTests", "Gpt2Tests", "PieceCacheTests", nameof(The_process_runs_as_it_was_told)];
        ProcessStartInfo start = new("dotnet",
            ["vstest", typeof(InstructionSetTests).Assembly.Location, $"--TestCaseFilter:{string.Join('|', classes.Select(name => $"FullyQualifiedName~{name}"))}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [setting] = "0", [Told] = instructions },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.Contains("Passed!", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_process_runs_as_it_was_told()
    {
        string? told = Environment.GetEnvironmentVariable(Told);
        if (told is "no AVX-512" or "no vectors") Assert.False(Avx512F.IsSupported);
        if (told is "no vectors") Assert.False(Vector128.IsHardwareAccelerated);
    }
}
