using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Cs336.Benchmarks.Learning;

/// <summary>Runs of <c>plain_torch.py</c>.</summary>
internal sealed class TorchRun(TorchPython python, string text, string peakRate, int steps)
{
    /// <summary>Seconds a step, of some steps.</summary>
    public double SecondsPerStep(int timed) => Run(timed).GetProperty("seconds").GetDouble() / timed;

    /// <summary>The validation loss after all steps, and the seconds that they took.</summary>
    public (double Loss, double Seconds) Whole()
    {
        JsonElement result = Run(timed: null);
        return (result.GetProperty("loss").GetDouble(), result.GetProperty("seconds").GetDouble());
    }

    private JsonElement Run(int? timed)
    {
        ProcessStartInfo start = new(python.Program) { RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "plain_torch.py"), text, peakRate,
            steps.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        if (timed is int some) start.ArgumentList.Add(some.ToString(CultureInfo.InvariantCulture));
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"plain_torch.py ended with code {process.ExitCode}.");
        return JsonDocument.Parse(output).RootElement;
    }
}
