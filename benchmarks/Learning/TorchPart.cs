namespace Cs336.Benchmarks.Learning;

/// <summary>How much of plain PyTorch is run beside the library.</summary>
internal enum TorchPart
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Some steps at several places of the training, to compare speed.</summary>
    Slices,

    /// <summary>The slices, and whole trainings after that of the library, to compare losses.</summary>
    Whole,
}
