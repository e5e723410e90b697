namespace Cs336.Transformer;

/// <summary>What <see cref="LibTorch.EnsureLoaded"/> did in this process.</summary>
/// <param name="WeakenedVersions">
/// The symbol versions, such as GLIBCXX_3.4.32, whose absence from this system was overlooked because nothing
/// uses them; empty where TorchSharp loads as shipped.
/// </param>
/// <param name="Allocator">What was done about the C library's allocator.</param>
/// <param name="ShortSpin">Whether libtorch's waiting threads were told to spin only shortly before they sleep.</param>
/// <param name="Source">What decided which libtorch was loaded.</param>
/// <param name="Folder">The folder that libtorch was loaded from; null where the system does not tell.</param>
public sealed record LibTorchLoadReport(
    IReadOnlyList<string> WeakenedVersions, AllocatorTuning Allocator, bool ShortSpin, LibTorchSource Source, string? Folder)
{
    /// <summary>The report as one line for a log.</summary>
    public string Message => $"TorchSharp {LibTorchPackage.TorchSharpVersion} {Loading}; {Origin}; {Tuning}; {Waiting}.";

    private string Loading => WeakenedVersions.Count == 0
        ? "loaded as shipped"
        : $"loaded from a private copy that no longer requires {string.Join(", ", WeakenedVersions)}, "
            + "which this system's libstdc++ lacks and nothing uses";

    private string Origin => $"libtorch from {Folder ?? "where .NET found it"} " + Source switch
    {
        LibTorchSource.EnvironmentVariable => $"(chosen by {LibTorchFolder.Variable})",
        LibTorchSource.Property => $"(chosen by {nameof(LibTorch)}.{nameof(LibTorch.Folder)})",
        _ => $"(the program's; {LibTorchFolder.Variable} chooses another folder)",
    };

    private string Waiting => ShortSpin
        ? $"waiting threads spin for {WaitingThreads.Rounds} rounds ({WaitingThreads.SpinCount} sets another count)"
        : "waiting threads are left as they are";

    private string Tuning => Allocator switch
    {
        AllocatorTuning.Tuned =>
            $"glibc's allocator keeps freed memory for reuse ({AllocatorOptions.EnvironmentVariable}=0 turns that off)",
        AllocatorTuning.SwitchedOff => "glibc's allocator is left as it is, as asked",
        AllocatorTuning.AlreadyConfigured => "glibc's allocator is left as the environment sets it",
        _ => "the system's allocator is left as it is",
    };
}
