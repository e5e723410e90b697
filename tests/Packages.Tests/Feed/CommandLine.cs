using System.Diagnostics;
using System.Text;

namespace Packages.Tests.Feed;

/// <summary>Commands as a stranger gives them: in a folder, with an environment of its own.</summary>
internal sealed class CommandLine(IReadOnlyDictionary<string, string?> environment)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10); // a hang must not hang the tests

    /// <summary>The same with more variables, or without those whose value is null.</summary>
    public CommandLine With(params (string Name, string? Value)[] variables)
    {
        Dictionary<string, string?> all = new(environment);
        foreach ((string name, string? value) in variables) all[name] = value;
        return new CommandLine(all);
    }

    /// <summary>Runs a program to its end, which must be a good one.</summary>
    /// <returns>What it wrote to both streams.</returns>
    public string Run(string folder, string program, params string[] arguments)
    {
        (int code, string output) = Try(folder, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}\nin {folder} ended with {code}:\n{output}");
        return output;
    }

    /// <summary>Runs a program to its end.</summary>
    public (int ExitCode, string Output) Try(string folder, string program, params string[] arguments) =>
        TryUntil(null, folder, program, arguments);

    /// <summary>Runs a program until it has written a text, and then ends it as Ctrl-C does; to its end where the text is null.</summary>
    public (int ExitCode, string Output) TryUntil(string? text, string folder, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        foreach ((string name, string? value) in environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        StringBuilder output = new();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        bool isTold = false;
        void Append(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.Append(line.Data).Append('\n');
                if (isTold || text is null || line.Data?.Contains(text, StringComparison.Ordinal) != true) return;
                isTold = true;
            }
            Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        }
        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} has not ended after {Limit}:\n{output}");
        }
        process.WaitForExit(); // for the last lines
        lock (output) return (process.ExitCode, output.ToString());
    }
}
