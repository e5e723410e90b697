using System.Diagnostics;

namespace Cs336.Tokenizers.Tests;

/// <summary>A module of Python that tests use as an oracle, and the Python that has it.</summary>
/// <param name="name">What Python imports it as.</param>
internal sealed class PythonModule(string name)
{
    private readonly Lazy<string?> _python = new(() =>
        Array.Find(["/usr/bin/python3", "python3", "python"], program => TryRun(program, $"import {name}", out _)));

    /// <summary>Whether this machine has it.</summary>
    public bool IsThere => _python.Value is not null;

    /// <summary>Runs a script and returns what it printed.</summary>
    public string Run(string script, params string[] arguments) =>
        TryRun(_python.Value!, script, out string output, arguments) ? output : throw new InvalidOperationException(output);

    private static bool TryRun(string program, string script, out string output, params string[] arguments)
    {
        ProcessStartInfo start = new(program, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) output += errors.Result;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            output = e.Message;
            return false;
        }
    }
}
