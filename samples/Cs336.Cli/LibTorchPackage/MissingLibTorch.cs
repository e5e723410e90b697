using System.Text.RegularExpressions;
using Cs336.Transformer;

namespace Cs336.Cli;

/// <summary>The NuGet package of libtorch that the program lacks on this machine.</summary>
/// <param name="Platform">As NuGet's runtimes folders spell it, such as linux-x64.</param>
/// <param name="Version">Such as 2.10.0.</param>
internal sealed partial record MissingLibTorch(string Platform, string Version)
{
    /// <summary>The package's name.</summary>
    public string Id => $"libtorch-cpu-{Platform}";

    /// <summary>The package that an exception asks for; null where something else is wrong, or the platform has none.</summary>
    public static MissingLibTorch? Of(LibTorchNotFoundException exception) =>
        PackageToAdd().Match(exception.Message) is { Success: true, Groups: var found }
            ? new MissingLibTorch(found["platform"].Value, found["version"].Value) : null;

    [GeneratedRegex(@"Add the package libtorch-cpu-(?<platform>\S+) (?<version>\S+) to the program's project")]
    private static partial Regex PackageToAdd();
}
