using System.CommandLine;
using Cs336.Training;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>What a model is computed on.</summary>
internal static class ComputeDevice
{
    public static Option<string> Option { get; } = Options.WithDefault("--device", new ComputeConfig().Device, "cpu, cuda or cuda:N",
        "NAME");

    /// <summary>Loads libtorch and finds the device.</summary>
    /// <exception cref="InvalidOperationException">
    /// The machine, or the libtorch that the program was built with, has no such device.
    /// </exception>
    public static Device Of(ParseResult parsed) => Read(parsed).FindDevice();

    /// <summary>A run's configuration with the device that the command line names, if it does.</summary>
    public static RunConfig Over(ParseResult parsed, RunConfig config) =>
        parsed.GetResult(Option) is { Implicit: false } ? config with { Compute = config.Compute with { Device = Read(parsed).Device } }
            : config;

    private static ComputeConfig Read(ParseResult parsed)
    {
        ComputeConfig compute = new() { Device = parsed.GetRequiredValue(Option) };
        return compute.FindProblems() is [string problem, ..] ? throw new UsageException($"--{problem}") : compute;
    }
}
