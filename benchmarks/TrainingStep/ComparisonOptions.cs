using System.Globalization;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>What the comparison is asked for.</summary>
internal sealed record ComparisonOptions(
    Workload Workload, IReadOnlyList<int> BatchSizes, int Rounds, int Steps, string? Python, string? Output)
{
    public const string Usage =
        "usage: TrainingStep [attention] [--model tinystories|gpt2-small] [--batch 8,32] [--rounds 3] [--steps 3] [--python PROGRAM] "
        + "[--output FILE-OR-FOLDER]";

    public static ComparisonOptions Parse(string[] args)
    {
        ComparisonOptions options = new(Workload.TinyStories, [8, 32], Rounds: 3, Steps: 3, Python: null, Output: null);
        if (args.Length % 2 != 0) throw new FormatException($"An option lacks its value. {Usage}");
        for (int i = 0; i < args.Length; i += 2)
        {
            string value = args[i + 1];
            options = args[i] switch
            {
                "--model" =>
                    options with { Workload = Workload.Named(value) ?? throw new FormatException($"There is no model {value}. {Usage}") },
                "--batch" => options with { BatchSizes = [.. value.Split(',').Select(Number)] },
                "--rounds" => options with { Rounds = Number(value) },
                "--steps" => options with { Steps = Number(value) },
                "--python" => options with { Python = value },
                "--output" => options with { Output = value },
                string other => throw new FormatException($"There is no option {other}. {Usage}"),
            };
        }
        return options;
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && number > 0
        ? number : throw new FormatException($"'{text}' is not a number above 0. {Usage}");
}
