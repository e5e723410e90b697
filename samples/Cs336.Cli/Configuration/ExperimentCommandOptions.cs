using System.CommandLine;

namespace Cs336.Cli;

/// <summary>Options of the commands that compute many runs.</summary>
internal static class ExperimentCommandOptions
{
    public static Option<string> Output { get; } = Options.Required<string>("--output",
        "Folder for the runs; the same command again goes on with what is not done", "DIR");
    public static Option<int> Seeds { get; } = Options.WithDefault("--seeds", 1,
        "Repetitions with seeds 0, 1, 2, ..., of weights and batches", "N").Within(1, 100_000);
    public static Option<int?> Jobs { get; } = Options.Optional<int?>("--jobs", "Runs at a time [default: one a core]", "N").Within(1);
    public static Option<double> MaxLossRise { get; } = Options.WithDefault("--max-loss-rise", 2.0,
        "A run counts as diverged when its averaged loss is this many nats above its lowest", "X");

    public static void AddTo(Command command) => command.AddAll(Output, Seeds, Jobs, MaxLossRise, ComputeDevice.Option);
}
