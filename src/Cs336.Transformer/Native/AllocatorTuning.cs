namespace Cs336.Transformer;

/// <summary>What <see cref="LibTorch.EnsureLoaded"/> did about the C library's allocator.</summary>
public enum AllocatorTuning
{
    /// <summary>The C library is not glibc, or it refused: nothing was changed.</summary>
    NotAvailable,

    /// <summary>glibc keeps freed memory for reuse instead of returning it to the system.</summary>
    Tuned,

    /// <summary>The switch <c>Cs336.Transformer.TuneAllocator</c> or the variable <c>CS336_TUNE_ALLOCATOR</c> turned it off.</summary>
    SwitchedOff,

    /// <summary>The environment configures glibc's allocator already (<c>MALLOC_...</c> or <c>GLIBC_TUNABLES</c>).</summary>
    AlreadyConfigured,
}
