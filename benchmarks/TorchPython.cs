using System.ComponentModel;
using System.Diagnostics;

namespace Cs336.Benchmarks;

/// <summary>The Python that runs PyTorch.</summary>
/// <param name="Program">What to start.</param>
/// <param name="Version">PyTorch's version.</param>
internal sealed record TorchPython(string Program, string Version)
{
    /// <summary>Finds one that has NumPy and PyTorch.</summary>
    /// <param name="named">The only one to try; null for the path's own and the system's, in this order.</param>
    /// <exception cref="InvalidOperationException">There is none; the message holds what each said.</exception>
    public static TorchPython Find(string? named)
    {
        List<string> complaints = [];
        foreach (string program in named is null ? (string[])["python3", "/usr/bin/python3"] : [named])
        {
            ProcessStartInfo start = new(
                program, ["-c", "import numpy, torch; print(torch.__version__)"]) { RedirectStandardOutput = true,
                RedirectStandardError = true };
            try
            {
                using Process process = Process.Start(start)!;
                Task<string> errors = process.StandardError.ReadToEndAsync();
                string output = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode == 0) return new TorchPython(program, output.Trim());
                complaints.Add($"{program}: {errors.Result.Trim().Split('\n')[^1]}");
            }
            catch (Win32Exception exception)
            {
                complaints.Add($"{program}: {exception.Message}");
            }
        }
        throw new InvalidOperationException(
            $"No Python with numpy and torch was found ({string.Join("; ", complaints)}): install them (Debian: python3-numpy, "
            + "python3-torch), or name another with --python.");
    }
}
