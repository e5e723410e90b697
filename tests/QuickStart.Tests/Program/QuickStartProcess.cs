using System.Diagnostics;
using System.Text;
using Cs336.Testing;

namespace QuickStart.Tests.Program;

/// <summary>Runs the sample as a user would, in a folder of its own.</summary>
internal sealed class QuickStartProcess
{
    /// <summary>A model so small that a run takes seconds.</summary>
    public static readonly string[] Small = ["--vocab-size", "300", "--context-length", "32", "--d-model", "32", "--num-heads", "2"];

    /// <summary>The options of <see cref="Small"/> but for those that are given: an option is given once.</summary>
    public static string[] SmallWith(params string[] arguments) =>
        [.. Small.Chunk(2).Where(option => !arguments.Contains(option[0])).SelectMany(option => option), .. arguments];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private QuickStartProcess(string folder, string[] arguments, string program)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["exec", program, .. arguments]) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => { lock (_output) _output.AppendLine(line.Data); };
        _process.ErrorDataReceived += (_, line) => { lock (_errors) _errors.AppendLine(line.Data); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public string Errors
    {
        get { lock (_errors) return _errors.ToString().Trim(); }
    }

    public int ExitCode => _process.ExitCode;

    public static QuickStartProcess Start(string folder, params string[] arguments) =>
        new(folder, arguments, SamplePrograms.PathOf("QuickStart", "QuickStart.dll"));

    public static async Task<QuickStartProcess> RunAsync(string folder, params string[] arguments)
    {
        QuickStartProcess run = Start(folder, arguments);
        await run.WaitAsync();
        return run;
    }

    /// <summary>Runs the command line <c>cs336</c> beside it.</summary>
    public static async Task<QuickStartProcess> RunCs336Async(string folder, params string[] arguments)
    {
        QuickStartProcess run = new(folder, arguments, SamplePrograms.PathOf("Cs336.Cli", "cs336.dll"));
        await run.WaitAsync();
        return run;
    }

    public async Task WaitAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(15)); // a hang must not hang the tests
        await _process.WaitForExitAsync(limit.Token);
    }

    public async Task WaitForOutputAsync(string text)
    {
        while (!Output.Contains(text) && !_process.HasExited) await Task.Delay(20);
        Assert.Contains(text, Output);
    }

    /// <summary>Sends a signal, such as <c>INT</c>.</summary>
    public void Send(string signal) =>
        Process.Start("kill", ["-" + signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
}
