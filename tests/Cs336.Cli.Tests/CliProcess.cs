using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cs336.Testing;

namespace Cs336.Cli.Tests;

/// <summary>The program as a process of its own, as a user runs it.</summary>
internal sealed class CliProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private CliProcess(string folder, string[] arguments, long? addressSpace = null)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        ProcessStartInfo start = new(addressSpace is null ? host : "sh")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (addressSpace is long bytes) // the system's own way to deny memory
            foreach (string argument in (string[])["-c", string.Create(CultureInfo.InvariantCulture,
                $"ulimit -v {bytes / 1024}; exec \"$0\" \"$@\""), host]) start.ArgumentList.Add(argument);
        foreach (string argument in (string[])["exec", SamplePrograms.PathOf("Cs336.Cli", "cs336.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output { get { lock (_output) return _output.ToString(); } }
    public string Errors { get { lock (_errors) return _errors.ToString(); } }
    public int ExitCode => _process.ExitCode;

    public static CliProcess Start(string folder, params string[] arguments) => new(folder, arguments);

    public static async Task<CliProcess> RunAsync(string folder, params string[] arguments)
    {
        CliProcess run = new(folder, arguments);
        await run.WaitAsync();
        return run;
    }

    /// <summary>Runs the program with no more than so many bytes of addresses, to its end.</summary>
    public static async Task<CliProcess> RunWithinAsync(long addressSpace, string folder, params string[] arguments)
    {
        CliProcess run = new(folder, arguments, addressSpace);
        await run.WaitAsync();
        return run;
    }

    public async Task WaitAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(3)); // a hang must not hang the tests
        await _process.WaitForExitAsync(limit.Token);
    }

    public async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(2));
        while (!condition() && !_process.HasExited) await Task.Delay(20, limit.Token);
        Assert.True(condition(), $"{Output}\n{Errors}");
    }

    /// <summary>Sends a signal, such as <c>INT</c>.</summary>
    public void Send(string signal) =>
        Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }
}
