using System.Runtime.CompilerServices;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>Tests call TorchSharp directly, which any code must not do before libtorch has been found.</summary>
internal static class TorchSetup
{
    [ModuleInitializer]
    internal static void LoadLibTorch() => LibTorch.EnsureLoaded();
}
