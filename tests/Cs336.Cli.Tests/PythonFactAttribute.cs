using System.Diagnostics;

namespace Cs336.Cli.Tests;

/// <summary>A test that runs Python, and is skipped where there is none.</summary>
internal sealed class PythonFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsThere = new(() =>
    {
        try
        {
            return Run("-c", "pass").ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public PythonFactAttribute()
    {
        if (!IsThere.Value) Skip = "needs python3, which this machine does not have";
    }

    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        ProcessStartInfo start = new("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
