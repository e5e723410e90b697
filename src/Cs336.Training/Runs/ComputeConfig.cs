using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>What computes a run: the section <c>compute</c> of a <see cref="RunConfig"/>. Results are equal up to rounding.</summary>
public sealed record ComputeConfig
{
    private const string Cpu = "cpu", Cuda = "cuda";

    /// <summary>Where the model lives: <c>device</c>, one of <c>cpu</c>, <c>cuda</c> and <c>cuda:N</c>. Default <c>cpu</c>.</summary>
    public string Device { get; set; } = Cpu;

    /// <summary>
    /// Which code computes what costs most time: <c>path</c>, one of <c>fast</c> and <c>explicit</c>. Default <c>fast</c>.
    /// </summary>
    public ComputePath Path { get; set; } = ComputePath.Fast;

    internal bool IsOnProcessor => Device == Cpu;

    /// <summary>Loads libtorch and finds the device.</summary>
    /// <exception cref="InvalidOperationException">
    /// The machine, or the libtorch that the program was built with, has no such device.
    /// </exception>
    public Device FindDevice()
    {
        LibTorch.EnsureLoaded();
        if (Device == Cpu) return CPU;
        if (!cuda.is_available())
            throw new InvalidOperationException(
                $"device is {Device}, but libtorch finds no CUDA device: build with -p:LibTorchPackage=TorchSharp-cuda-linux on a machine "
                + "with one, or set CS336_LIBTORCH to the folder of a CUDA build of libtorch, or use cpu.");
        Device found = device(Device);
        return found.index < cuda.device_count() ? found
            : throw new InvalidOperationException($"device is {Device}, but there are {cuda.device_count()} CUDA devices, "
                + "numbered from 0.");
    }

    /// <summary>
    /// Everything that is wrong with it, one sentence each; whether the machine has the device, <see cref="FindDevice"/> tells.
    /// </summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (Device is not (Cpu or Cuda) && !(Device.StartsWith(Cuda + ":", StringComparison.Ordinal)
            && uint.TryParse(Device.AsSpan(5), System.Globalization.NumberStyles.None, null, out _)))
            problems.Add($"device is '{Device}', but must be cpu, cuda or cuda:N.");
        if (!Enum.IsDefined(Path)) problems.Add($"path is {Path}, but must be fast or explicit.");
        return problems;
    }
}
