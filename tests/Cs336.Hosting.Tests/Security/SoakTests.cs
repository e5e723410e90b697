using System.Diagnostics;

namespace Cs336.Hosting.Tests.Security;

/// <summary>A soak of some seconds; how long it takes beside them is the start of the processes that train.</summary>
public sealed class SoakTests
{
    // tests/Cs336.Hosting.Tests/bin/Release/net10.0 -> benchmarks/Soak/bin/Release/net10.0
    private static readonly DirectoryInfo Framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
    private static readonly string Soak = Path.Combine(
        RepositoryRoot.Path, "benchmarks", "Soak", "bin", Framework.Parent!.Name, Framework.Name, "Soak.dll");

    [Fact]
    public async Task For_some_seconds_no_promise_is_broken_whatever_fails()
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", Soak, "--seconds", "5"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{await output}{await errors}");
        Assert.Contains("| **callers without an answer** | **0** |", await output);
        Assert.Matches(@"\| text: MaxNewTokens \| [1-9]", await output); // callers were served, and faults were there
        Assert.Matches(@"\| log \| [1-9]", await output);
    }
}
