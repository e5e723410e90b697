namespace Cs336.Transformer;

/// <summary>
/// Tells glibc's allocator to keep the memory that a training step frees. As it comes, glibc takes every large
/// block from the system and gives it back at once, so that each step pays again for the kernel to clear the
/// pages of each temporary tensor. The price: resident memory stays at its peak, and the peak is higher.
/// </summary>
internal static class AllocatorOptions
{
    public const string Switch = "Cs336.Transformer.TuneAllocator", EnvironmentVariable = "CS336_TUNE_ALLOCATOR";

    /// <summary>Applies the options unless they are switched off or the environment sets its own.</summary>
    /// <exception cref="InvalidOperationException">The environment variable holds something other than 0 or 1.</exception>
    public static AllocatorTuning Apply()
    {
        if (!IsWanted()) return AllocatorTuning.SwitchedOff;
        if (!Glibc.IsPresent) return AllocatorTuning.NotAvailable;
        if (IsConfiguredByEnvironment()) return AllocatorTuning.AlreadyConfigured;
        bool accepted = Glibc.SetAllocatorOption(Glibc.MaximumMappings, 0) == 1
            // -1 is the greatest size there is: never give back the top of the heap (mallopt(3)).
            && Glibc.SetAllocatorOption(Glibc.TrimThreshold, -1) == 1;
        return accepted ? AllocatorTuning.Tuned : AllocatorTuning.NotAvailable;
    }

    private static bool IsWanted()
    {
        if (AppContext.TryGetSwitch(Switch, out bool wanted) && !wanted) return false;
        return Environment.GetEnvironmentVariable(EnvironmentVariable) switch
        {
            null or "" or "1" => true,
            "0" => false,
            string value => throw new InvalidOperationException(
                $"The environment variable {EnvironmentVariable} is \"{value}\", expected 0 or 1: set 0 to leave the allocator as it is."),
        };
    }

    // glibc reads these before the program starts; whoever set them knows better.
    private static bool IsConfiguredByEnvironment() =>
        Environment.GetEnvironmentVariable("MALLOC_MMAP_MAX_") is not null
        || Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is not null
        || (Environment.GetEnvironmentVariable("GLIBC_TUNABLES") ?? "").Contains("glibc.malloc.", StringComparison.Ordinal);
}
