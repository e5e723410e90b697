using System.Diagnostics;

namespace Cs336.Tokenizers.Tests;

/// <summary>A test that needs a Python with SentencePiece, and says so when it is skipped for want of one.</summary>
internal sealed class SentencePieceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Python = new(() =>
        Array.Find(["/usr/bin/python3", "python3", "python"], program => TryRun(program, "import sentencepiece", out _)));

    public SentencePieceFactAttribute()
    {
        if (Python.Value is null) Skip = "needs python3 with sentencepiece (Debian: python3-sentencepiece), which this machine does not have";
    }

    /// <summary>Runs a script.</summary>
    public static void Run(string script, params string[] arguments)
    {
        if (!TryRun(Python.Value!, script, out string output, arguments)) throw new InvalidOperationException(output);
    }

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
