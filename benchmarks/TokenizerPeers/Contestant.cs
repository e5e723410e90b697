using System.Diagnostics;
using System.Text.Json;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>Something that is measured: a program, its arguments, and the rows that it fills.</summary>
/// <param name="Name">How the tables call it.</param>
/// <param name="Program">The program to start.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Settings of the runtime, such as switching vector instructions off.</param>
internal sealed record Contestant(string Name, string Program, string[] Arguments, Dictionary<string, string>? Environment = null)
{
    /// <summary>What each round measured.</summary>
    public List<Measurement> Rounds { get; } = [];

    /// <summary>The whole time of each round's process, start-up included.</summary>
    public List<double> WallSeconds { get; } = [];

    /// <summary>Why it could not be measured, or null.</summary>
    public string? Failure { get; private set; }

    public void Run(string folder, params string[] moreArguments)
    {
        if (Failure is not null) return;
        ProcessStartInfo start = new(Program, [.. Arguments, .. moreArguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in Environment ?? []) start.Environment[name] = value;
        Console.Write($"{Name} ... ");
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            WallSeconds.Add(clock.Elapsed.TotalSeconds);
            if (process.ExitCode != 0) throw new InvalidOperationException(errors.Result.Trim());
            Rounds.Add(JsonSerializer.Deserialize(output.Trim().Split('\n')[^1], MeasurementJson.Default.Measurement)!);
            Console.WriteLine($"{clock.Elapsed.TotalSeconds:0.0} s");
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or System.ComponentModel.Win32Exception)
        {
            Failure = e.Message.Split('\n').FirstOrDefault(line => line.Contains("rror", StringComparison.Ordinal)) ?? e.Message;
            Console.WriteLine($"failed: {Failure}");
        }
    }

    public static string ToJson(Measurement measurement) => JsonSerializer.Serialize(measurement, MeasurementJson.Default.Measurement);
}
