using System.Globalization;
using System.Text.Json.Serialization;

namespace QuickStart;

/// <summary>What the user asks for on the command line.</summary>
internal sealed record Arguments
{
    public const string HelpText = """
        Trains a tokenizer and a small Transformer, then generates text with them.

        dotnet run -c Release --project samples/QuickStart [-- OPTIONS]

          --data FILE          learn from this UTF-8 text instead of generated children's stories
          --resume             go on with the latest run, or the one in --run, as it was begun
          --run DIR            where the run is kept; default runs/quickstart-N with the next free N
          --prompt TEXT        what to continue; default three beginnings of stories, or the text's first line
          --check N            tell N more stories of each beginning, and count those that introduce what they name
          --steps N            optimizer steps; default 2400
          --vocab-size N       the most tokens in the vocabulary; default 2048
          --context-length N   tokens that the model attends over; default 256
          --d-model N          width of the model; default 128
          --num-heads N        attention heads, a divisor of d_model; default 4
          --help               this text
        """;

    public string? Data { get; init; }
    public string? Prompt { get; init; }
    public long Steps { get; init; } = 2400;
    public int VocabSize { get; init; } = 2048;
    public int ContextLength { get; init; } = 256;
    public int DModel { get; init; } = 128;
    public int NumHeads { get; init; } = 4;

    [JsonIgnore]
    public int Check { get; init; }

    [JsonIgnore]
    public bool Help { get; init; }

    [JsonIgnore]
    public bool Resume { get; init; }

    [JsonIgnore]
    public string? Run { get; init; }

    public static Arguments Parse(string[] args)
    {
        Arguments parsed = new();
        for (int i = 0; i < args.Length; i++)
        {
            string option = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new UsageException($"{option} needs a value.");
            int Number() => int.TryParse(Value(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number : throw new UsageException($"{option} is '{args[i]}', but must be a whole number.");
            parsed = option switch
            {
                "--data" => parsed with { Data = Value() },
                "--resume" => parsed with { Resume = true },
                "--run" => parsed with { Run = Value() },
                "--prompt" => parsed with { Prompt = Value() },
                "--check" => parsed with { Check = Number() },
                "--steps" => parsed with { Steps = Number() },
                "--vocab-size" => parsed with { VocabSize = Number() },
                "--context-length" => parsed with { ContextLength = Number() },
                "--d-model" => parsed with { DModel = Number() },
                "--num-heads" => parsed with { NumHeads = Number() },
                "--help" or "-h" => parsed with { Help = true },
                _ => throw new UsageException($"There is no option '{option}'."),
            };
        }
        Arguments resumable = new() { Resume = true, Run = parsed.Run, Prompt = parsed.Prompt, Check = parsed.Check, Help = parsed.Help };
        if (parsed.Resume && parsed != resumable)
            throw new UsageException("--resume goes on with the run as it was begun: only --run, --prompt and --check can be given with it.");
        if (parsed.Check < 0) throw new UsageException($"--check is {parsed.Check}, but must be at least 0.");
        return parsed;
    }
}
