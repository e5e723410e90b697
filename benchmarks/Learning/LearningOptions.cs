using System.Globalization;
using Cs336.Inference;
using Cs336.Training;
using Cs336.Transformer;

namespace Cs336.Benchmarks.Learning;

/// <summary>What is learnt, how, and beside how much of PyTorch.</summary>
/// <param name="Text">The file.</param>
/// <param name="Run">Model, optimizer and batches.</param>
/// <param name="Precision">In which type matrices are multiplied.</param>
/// <param name="Steps">How long.</param>
/// <param name="Seed">Of the weights and the windows.</param>
/// <param name="Torch">How much of PyTorch runs beside it.</param>
/// <param name="Python">Whose PyTorch; null for the first that is found.</param>
/// <param name="Vocabulary">How many tokens of its own the text is learnt in; null for bytes.</param>
internal sealed record LearningOptions(
    string Text, RunConfig Run, Precision Precision, int Steps, int Seed, TorchPart Torch, string? Python, int? Vocabulary)
{
    public const string Usage = """
        usage: Learning TEXT [--optimizer adamw|muon|sgd] [--max-lr X] [--bf16] [--set KEY=VALUE]... [--vocabulary N]
                        [--steps 2000] [--seed 0] [--torch none|slices|whole] [--python PROGRAM]
          TEXT is learnt as bytes; with --vocabulary in N tokens of its own, and losses are nats a byte all the same. --set changes a
          key of a run's configuration, such as model.qk_norm=true; where that has an ema_decay, the average is what is measured.
          With slices, the training pauses four times for 100 steps of plain PyTorch on bytes, to compare speed; with whole, PyTorch
          trains once through as well, at peak rates of 1e-3 and 3e-3, to compare losses. PROGRAM is a Python with numpy and torch;
          without it python3 is tried, then /usr/bin/python3.
        """;

    private static readonly RunConfig Defaults = RunConfig.Parse("""
        {
          "model": { "vocab_size": 256, "context_length": 64, "d_model": 128, "num_layers": 4, "num_heads": 4, "d_ff": 344 },
          "training": { "batch_size": 12 },
          "data": { "training": "the text" }
        }
        """);

    public static LearningOptions Parse(string[] args)
    {
        if (args.Length == 0 || args[0].StartsWith('-')) throw new FormatException($"The text to learn is missing.\n{Usage}");
        if (!File.Exists(args[0])) throw new FormatException($"There is no file {args[0]}.");
        LearningOptions options =
            new(args[0], Defaults, Precision.Float32, Steps: 2_000, Seed: 0, TorchPart.Slices, Python: null, Vocabulary: null);
        for (int i = 1; i < args.Length; i++)
        {
            if (args[i] == "--bf16")
            {
                options = options with { Precision = Precision.BFloat16 };
                continue;
            }
            string name = args[i];
            string value = ++i < args.Length ? args[i] : throw new FormatException($"{name} is unknown, or lacks its value.\n{Usage}");
            options = name switch
            {
                "--optimizer" => options with { Run = options.Run.With("optimizer.name", value) },
                "--max-lr" => options with { Run = options.Run.With("optimizer.max_lr", value) },
                "--set" when value.IndexOf('=') is > 0 and int equals =>
                    options with { Run = options.Run.With(value[..equals], value[(equals + 1)..]) },
                "--vocabulary" => options with { Vocabulary = Number(name, value, least: 258) },
                "--steps" => options with { Steps = Number(name, value, least: 4) },
                "--seed" => options with { Seed = Number(name, value, least: 0) },
                "--torch" => options with { Torch = Named<TorchPart>(name, value) },
                "--python" => options with { Python = value },
                _ => throw new FormatException($"There is no option {name}.\n{Usage}"),
            };
        }
        return options;
    }

    private static T Named<T>(string name, string value)
        where T : struct, Enum
        => Enum.TryParse(value, ignoreCase: true, out T result) && Enum.IsDefined(result)
            ? result : throw new FormatException($"{name} is one of {string.Join(", ", Enum.GetNames<T>())}, not '{value}'.");

    private static int Number(string name, string value, int least)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
            ? number : throw new FormatException($"{name} is a number of at least {least}, not '{value}'.");
}
