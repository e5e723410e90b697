using System.ComponentModel;
using System.Diagnostics;

namespace WorldTokenizers.Tests.Npm;

/// <summary>Runs Node.js and its package manager.</summary>
internal static class NpmCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10); // a hang must not hang the tests

    private const int MaxTold = 2000; // characters of what a program says of its failure

    /// <summary>What the package manager's program is called here.</summary>
    public static string Npm => OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Null where all went well, and otherwise what it wrote, or why it could not be started.</returns>
    public static string? Run(string folder, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                return $"{program} {arguments[0]} has not ended after {Limit}";
            }
            if (process.ExitCode == 0) return null;
            string told = $"{errors.Result}{output.Result}".Trim();
            return $"{program} {arguments[0]} ended with {process.ExitCode}: {(told.Length <= MaxTold ? told : told[..MaxTold] + "…")}";
        }
        catch (Win32Exception e)
        {
            return $"{program} cannot be started: {e.Message}";
        }
    }
}
