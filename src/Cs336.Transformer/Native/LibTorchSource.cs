namespace Cs336.Transformer;

/// <summary>What decided which libtorch <see cref="LibTorch.EnsureLoaded"/> loaded.</summary>
public enum LibTorchSource
{
    /// <summary>
    /// It was found where .NET looks for a program's native libraries: as a rule it is the package that the program references.
    /// </summary>
    Program,

    /// <summary>The environment variable <c>CS336_LIBTORCH</c> names its folder.</summary>
    EnvironmentVariable,

    /// <summary><see cref="LibTorch.Folder"/> names its folder.</summary>
    Property,
}
