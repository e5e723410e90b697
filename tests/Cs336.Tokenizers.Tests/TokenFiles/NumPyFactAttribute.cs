using System.Diagnostics;

namespace Cs336.Tokenizers.Tests;

/// <summary>A test that needs a Python with NumPy, and says so when it is skipped for want of one.</summary>
internal sealed class NumPyFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Python = new(() =>
        Array.Find(["/usr/bin/python3", "python3", "python"], program => TryRun(program, "import numpy", out _)));

    public NumPyFactAttribute()
    {
        if (Python.Value is null) Skip = "needs python3 with numpy (Debian: python3-numpy), which this machine does not have";
    }

    /// <summary>Runs a script and returns what it printed.</summary>
    public static string Run(string script, params string[] arguments) =>
        TryRun(Python.Value!, script, out string output, arguments) ? output : throw new InvalidOperationException(output);

    private static bool TryRun(string program, string script, out string output, params string[] arguments)
    {
        ProcessStartInfo start = new(program, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd() + errors.Result;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            output = e.Message;
            return false;
        }
    }
}
