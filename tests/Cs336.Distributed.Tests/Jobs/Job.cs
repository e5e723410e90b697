using System.Diagnostics;

namespace Cs336.Distributed.Tests;

/// <summary>Processes of the probe, started together by a launcher, or one by itself: see the probe's Program.cs.</summary>
internal sealed class Job : IDisposable
{
    private const string Name = "Cs336.Distributed.Tests.Probe";
    private static readonly TimeSpan Endless = TimeSpan.FromMinutes(2); // so that a job that hangs fails its test and not the machine
    private readonly Process _process;
    private readonly Task<string> _output, _errors;

    private Job(ProcessStartInfo start, IEnumerable<(string Name, string Value)> environment)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        foreach (string variable in start.Environment.Keys.Where(IsOfLauncher).ToArray()) start.Environment.Remove(variable);
        start.Environment["OMP_NUM_THREADS"] = "1"; // as many ranks as the test wants on whatever cores there are
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        (_output, _errors) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>Without what .NET tells a terminal first, for which OpenMPI makes itself out to be one.</summary>
    public string Output => _output.Result.Replace("\u001b[?1h\u001b=", "", StringComparison.Ordinal)
        .Replace("\r", "", StringComparison.Ordinal);

    public string Errors => _errors.Result;

    public int ExitCode => _process.ExitCode;

    /// <summary>Lines of the output that begin with a word, in order.</summary>
    public string[] Lines(string word) => [.. Output.Split('\n').Where(line => line.StartsWith(word + " ", StringComparison.Ordinal))];

    /// <summary>Runs a job to its end, whatever that is.</summary>
    public static Job Run(int ranks, string[] arguments, string launcher = MpiLauncher.OpenMpi,
        params (string Name, string Value)[] environment) => Run(Probe, ranks, arguments, launcher, environment);

    /// <summary>Runs a job of the command line to its end.</summary>
    public static Job RunCommandLine(int ranks, params string[] arguments) =>
        Run(ProgramIn("samples/Cs336.Cli", "cs336"), ranks, arguments, MpiLauncher.OpenMpi);

    private static Job Run(string program, int ranks, string[] arguments, string launcher,
        params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(ProgramPath.Find(launcher)!);
        if (launcher == MpiLauncher.OpenMpi) start.ArgumentList.Add("--allow-run-as-root");
        if (launcher == MpiLauncher.OpenMpi) start.ArgumentList.Add("--oversubscribe");
        foreach (string argument in (string[])["-np", $"{ranks}", Host, "exec", program, .. arguments])
            start.ArgumentList.Add(argument);
        return new Job(start, environment).AtItsEnd();
    }

    /// <summary>Runs one process without a launcher to its end.</summary>
    public static Job RunAlone(string[] arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(Host);
        foreach (string argument in (string[])["exec", Probe, .. arguments]) start.ArgumentList.Add(argument);
        return new Job(start, environment).AtItsEnd();
    }

    /// <summary>The same, which must end well.</summary>
    public Job Well()
    {
        Assert.True(ExitCode == 0, $"The job ended with {ExitCode}: {Errors}{Output}");
        return this;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string Probe => ProgramIn($"tests/{Name}", Name);

    /// <summary>A program of the same build as these tests.</summary>
    private static string ProgramIn(string project, string name)
    {
        // tests/Cs336.Distributed.Tests/bin/Release/net10.0
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(RepositoryRoot.Path, project, "bin", framework.Parent!.Name, framework.Name, name + ".dll");
    }

    private static bool IsOfLauncher(string variable) => variable.StartsWith("OMPI_", StringComparison.Ordinal)
        || variable.StartsWith("PMI", StringComparison.Ordinal) || variable.StartsWith("SLURM_", StringComparison.Ordinal)
        || variable is "RANK" or "WORLD_SIZE" or "JOB_COMPLETION_INDEX";

    private Job AtItsEnd()
    {
        if (_process.WaitForExit(Endless)) return this;
        Dispose();
        throw new InvalidOperationException($"The job has not ended within {Endless}.");
    }
}
