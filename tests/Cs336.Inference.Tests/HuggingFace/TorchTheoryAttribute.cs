using System.Diagnostics;

namespace Cs336.Inference.Tests;

/// <summary>A test that needs a Python with PyTorch, and says so when it is skipped for want of one.</summary>
internal sealed class TorchTheoryAttribute : TheoryAttribute
{
    private static readonly Lazy<string?> Python = new(() =>
        Array.Find(["/usr/bin/python3", "python3", "python"], program => TryRun(program, ["-c", "import torch"], out _)));

    public TorchTheoryAttribute()
    {
        if (Python.Value is null) Skip = "needs python3 with torch (Debian: python3-torch), which this machine does not have";
    }

    /// <summary>Runs a script and returns what it printed.</summary>
    public static string Run(string script, params string[] arguments) =>
        TryRun(Python.Value!, ["-c", script, .. arguments], out string output) ? output : throw new InvalidOperationException(output);

    private static bool TryRun(string program, string[] arguments, out string output)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) output += errors.Result;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            output = exception.Message;
            return false;
        }
    }
}
