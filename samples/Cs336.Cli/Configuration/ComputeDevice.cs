using System.CommandLine;
using System.Globalization;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>What a model is computed on.</summary>
internal static class ComputeDevice
{
    public static Option<string> Option { get; } = Options.WithDefault("--device", "cpu", "cpu, cuda or cuda:N", "NAME");

    /// <summary>Loads libtorch and finds the device.</summary>
    /// <exception cref="InvalidOperationException">The machine, or the libtorch that the program was built with, has no such device.</exception>
    public static Device Of(ParseResult parsed)
    {
        LibTorch.EnsureLoaded();
        string name = parsed.GetRequiredValue(Option);
        if (name == "cpu") return CPU;
        if (name is not "cuda" && !(name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw new UsageException($"--device is '{name}', but must be cpu, cuda or cuda:N.");
        return cuda.is_available() ? device(name)
            : throw new InvalidOperationException(
                $"--device is {name}, but libtorch finds no CUDA device: build with -p:LibTorchPackage=TorchSharp-cuda-linux on a machine with one, "
                + "or set CS336_LIBTORCH to the folder of a CUDA build of libtorch, or use cpu.");
    }
}
