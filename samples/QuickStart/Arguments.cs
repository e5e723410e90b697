using System.Globalization;

namespace QuickStart;

/// <summary>What the user asks for on the command line.</summary>
internal sealed record Arguments
{
    public const string HelpText = """
        Trains a tokenizer and a small Transformer, then generates text with them.

        dotnet run -c Release --project samples/QuickStart [-- OPTIONS]

          --data FILE          learn from this UTF-8 text instead of generated children's stories
          --resume             go on from the last checkpoint of the run
          --run DIR            where the run is kept (default runs/quickstart)
          --prompt TEXT        what the text is continued from, once; default: three prompts of our own
          --steps N            optimizer steps (default 700)
          --vocab-size N       tokens of the vocabulary, at most (default 1024)
          --context-length N   tokens that the model attends over (default 128)
          --d-model N          width of the model (default 128)
          --num-heads N        attention heads, a divisor of d_model (default 4)
          --help               this text

        To go on with a run that was started with other numbers than the default ones, give the same numbers again.
        """;

    public string? Data { get; init; }
    public bool Resume { get; init; }
    public string Run { get; init; } = Path.Combine("runs", "quickstart");
    public string? Prompt { get; init; }
    public long Steps { get; init; } = 700;
    public int VocabSize { get; init; } = 1024;
    public int ContextLength { get; init; } = 128;
    public int DModel { get; init; } = 128;
    public int NumHeads { get; init; } = 4;
    public bool Help { get; init; }

    /// <summary>The command that goes on with this run.</summary>
    public string ResumeCommand { get; private init; } = "";

    public static Arguments Parse(string[] args)
    {
        Arguments parsed = new();
        List<string> kept = [];
        for (int i = 0; i < args.Length; i++)
        {
            string option = args[i];
            int first = i;
            string Value() => ++i < args.Length ? args[i] : throw new UsageException($"{option} needs a value.");
            int Number() => int.TryParse(Value(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number : throw new UsageException($"{option} is '{args[i]}', but must be a whole number.");
            parsed = option switch
            {
                "--data" => parsed with { Data = Value() },
                "--resume" => parsed with { Resume = true },
                "--run" => parsed with { Run = Value() },
                "--prompt" => parsed with { Prompt = Value() },
                "--steps" => parsed with { Steps = Number() },
                "--vocab-size" => parsed with { VocabSize = Number() },
                "--context-length" => parsed with { ContextLength = Number() },
                "--d-model" => parsed with { DModel = Number() },
                "--num-heads" => parsed with { NumHeads = Number() },
                "--help" or "-h" => parsed with { Help = true },
                _ => throw new UsageException($"There is no option '{option}'."),
            };
            if (option is not ("--data" or "--resume" or "--vocab-size")) kept.AddRange(args[first..(i + 1)].Select(Quote));
        }
        if (parsed.Resume && parsed.Data is not null)
            throw new UsageException("--resume goes on with the text that the run began with: leave --data out.");
        return parsed with { ResumeCommand = string.Join(' ', ["dotnet run -c Release --project samples/QuickStart -- --resume", .. kept]) };
    }

    private static string Quote(string word) => word.Any(char.IsWhiteSpace) ? $"\"{word}\"" : word;
}
