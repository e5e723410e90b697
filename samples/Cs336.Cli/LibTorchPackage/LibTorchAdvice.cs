namespace Cs336.Cli;

/// <summary>
/// How a user gets libtorch for this program. The library's own advice is to add a package to one's project, and who has installed
/// a tool has none.
/// </summary>
internal static class LibTorchAdvice
{
    /// <summary>One sentence.</summary>
    /// <param name="command">Such as cs336 train.</param>
    /// <param name="package">What the program lacks.</param>
    /// <param name="reason">Why it was not fetched.</param>
    public static string Of(string command, MissingLibTorch package, string reason) =>
        $"{command} needs libtorch {package.Version}, {reason}: set CS336_LIBTORCH to a folder with its "
        + $"libraries, such as torch/lib of a Python installation with PyTorch {package.Version}, or runtimes/{package.Platform}/native "
        + $"of the unpacked NuGet package {package.Id} {package.Version}.";
}
