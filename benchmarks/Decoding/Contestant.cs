using System.Diagnostics;
using System.Text.Json;

namespace Cs336.Benchmarks.Decoding;

/// <summary>A program that measures one way to decode, and what it found in each round.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Program">The program to start.</param>
/// <param name="Arguments">What it is started with.</param>
/// <param name="Kind">Which instructions it may use.</param>
internal sealed record Contestant(string Name, string Program, string[] Arguments, ProcessorKind Kind)
{
    public List<Measurement> Rounds { get; } = [];

    /// <summary>Why it could not be measured, or null.</summary>
    public string? Failure { get; private set; }

    public double Rate => Comparison.Median(Rounds.SelectMany(round => round.Rates));

    public double BestRate => Rounds.SelectMany(round => round.Rates).Max();

    public double PromptRate => Comparison.Median(Rounds.Select(round => round.PromptRate));

    /// <summary>0 where it was not measured.</summary>
    public double BatchRate => Comparison.Median(Rounds.Select(round => round.BatchRate));

    public void Run(string folder)
    {
        if (Failure is not null) return;
        try
        {
            Rounds.Add(JsonSerializer.Deserialize<Measurement>(LastLine(Program, Arguments, folder, Kind))!);
            Console.WriteLine($"{Name}, {Kind.Name}: {Comparison.Median(Rounds[^1].Rates):0} tokens/s");
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or System.ComponentModel.Win32Exception)
        {
            Failure = e.Message.Split('\n').FirstOrDefault(line => line.Contains("rror", StringComparison.Ordinal)) ?? e.Message;
            Console.WriteLine($"{Name} failed: {Failure}");
        }
    }

    public static string LastLine(string program, string[] arguments, string folder, ProcessorKind kind)
    {
        ProcessStartInfo start =
            new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in kind.Variables) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim().Split('\n')[^1] : throw new InvalidOperationException(errors.Result.Trim());
    }
}
