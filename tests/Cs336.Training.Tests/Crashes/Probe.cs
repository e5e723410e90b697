using System.Diagnostics;

namespace Cs336.Training.Tests;

/// <summary>A training in a process of its own, to be killed: see the probe's Program.cs.</summary>
internal sealed class Probe : IDisposable
{
    private const string Name = "Cs336.Training.Tests.Probe";
    private readonly Process _process;
    private readonly Task<string> _errors;

    public Probe(string mode, string folder, string config, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", Path.Combine(FindFolder(), Name + ".dll"), mode, folder, config },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Everything that was told.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Reads until a line is told; null where the process ends without it.</summary>
    public string? WaitFor(Predicate<string> isIt)
    {
        while (_process.StandardOutput.ReadLine() is string line)
        {
            Lines.Add(line);
            if (isIt(line)) return line;
        }
        return null;
    }

    /// <summary>Ends the process at once, as kill -9 does: it has no chance to finish anything.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Reads to the end, which must be a good one.</summary>
    public void Finish()
    {
        WaitFor(_ => false);
        _process.WaitForExit();
        Assert.True(_process.ExitCode == 0, $"The probe ended with {_process.ExitCode}: {_errors.Result}");
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    // tests/Cs336.Training.Tests/bin/Release/net10.0 -> tests/Cs336.Training.Tests.Probe/bin/Release/net10.0
    private static string FindFolder()
    {
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        DirectoryInfo configuration = framework.Parent!;
        return Path.Combine(configuration.Parent!.Parent!.Parent!.FullName, Name, "bin", configuration.Name, framework.Name);
    }
}
