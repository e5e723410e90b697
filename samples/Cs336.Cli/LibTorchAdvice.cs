using System.Text.RegularExpressions;
using Cs336.Transformer;

namespace Cs336.Cli;

/// <summary>
/// How a user gets libtorch for this program. The library's own advice is to add a package to one's project, and who has installed
/// a tool has none.
/// </summary>
internal static partial class LibTorchAdvice
{
    /// <summary>One sentence; or the exception's own message, where something else is wrong or the platform has no libtorch.</summary>
    /// <param name="command">Such as cs336 train.</param>
    public static string Of(string command, LibTorchNotFoundException exception) =>
        PackageToAdd().Match(exception.Message) is { Success: true, Groups: var found }
            ? $"{command} needs libtorch {found["version"]}, which the tool leaves to you: set CS336_LIBTORCH to a folder with its "
                + $"libraries, such as torch/lib of a Python installation with PyTorch {found["version"]}, or runtimes/{found["platform"]}/native "
                + $"of the unpacked NuGet package libtorch-cpu-{found["platform"]} {found["version"]}."
            : exception.Message;

    [GeneratedRegex(@"Add the package libtorch-cpu-(?<platform>\S+) (?<version>\S+) to the program's project")]
    private static partial Regex PackageToAdd();
}
