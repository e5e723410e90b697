using System.Globalization;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>What to compare on.</summary>
internal sealed class ComparisonOptions
{
    private const string Usage =
        "TokenizerPeers --text <file> --gpt2 <folder with vocab.json and merges.txt> [--multilingual <file>] [--vocabularies <folder>] "
            + "[--output <file.md, or folder>] [--rounds <n>] " +
        "[--only encoding,languages,files,training,warm-training,worst-cases,vocabulary-NAME] [--measurements <file.json>] [--slow-mb "
            + "<MB for peers under 10 MB/s>] " +
        "[--npm <folder with node_modules>] [--train-command <program>] [--aot-train-command <program>]";

    public required string Text { get; init; }

    public required string Gpt2 { get; init; }

    /// <summary>A text in many languages, or null to do without.</summary>
    public string? Multilingual { get; init; }

    /// <summary>A folder of folders, each with the <c>tokenizer.json</c> of another vocabulary, or null to do without.</summary>
    public string? Vocabularies { get; init; }

    public string? Output { get; init; }

    /// <summary>The parts to run now, or null for all.</summary>
    public string[]? Only { get; init; }

    /// <summary>Where measurements are kept, so that a comparison can run in pieces; null to keep none.</summary>
    public string? Measurements { get; init; }

    public int Rounds { get; init; } = 3;

    /// <summary>Peers under 10 MB/s get this much of the text, so that the whole ends in minutes.</summary>
    public long SlowBytes { get; init; } = 8_000_000;

    /// <summary>Where <c>npm install</c> put the peers from npm.</summary>
    public string Npm { get; init; } = ".";

    /// <summary>The program of <c>benchmarks/TrainCommand</c> as `dotnet build` makes it.</summary>
    public string TrainCommand { get; init; } = "TrainCommand";

    /// <summary>The same, compiled ahead of time.</summary>
    public string AheadOfTimeTrainCommand { get; init; } = "TrainCommand";

    public static ComparisonOptions Parse(string[] args)
    {
        Dictionary<string, string> values = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length) values[args[i]] = args[++i];
            else throw new ArgumentException($"'{args[i]}' is not understood. {Usage}");
        }
        return new ComparisonOptions
        {
            Text = Path.GetFullPath(Take("--text") ?? throw new ArgumentException($"--text is missing. {Usage}")),
            Gpt2 = Path.GetFullPath(Take("--gpt2") ?? throw new ArgumentException($"--gpt2 is missing. {Usage}")),
            Multilingual = Take("--multilingual") is string multilingual ? Path.GetFullPath(multilingual) : null,
            Vocabularies = Take("--vocabularies") is string vocabularies ? Path.GetFullPath(vocabularies) : null,
            Output = Take("--output"),
            Only = Take("--only")?.Split(','),
            Measurements = Take("--measurements"),
            Rounds = int.Parse(Take("--rounds") ?? "3", CultureInfo.InvariantCulture),
            SlowBytes = long.Parse(Take("--slow-mb") ?? "8", CultureInfo.InvariantCulture) * 1_000_000,
            Npm = Path.GetFullPath(Take("--npm") ?? "."),
            TrainCommand = Path.GetFullPath(Take("--train-command") ?? "TrainCommand"),
            AheadOfTimeTrainCommand = Path.GetFullPath(Take("--aot-train-command") ?? "TrainCommand"),
        };

        string? Take(string name) => values.GetValueOrDefault(name);
    }
}
