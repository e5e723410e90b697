using TorchSharp;

namespace Cs336.Transformer;

/// <summary>
/// Numbers that tensor operations take as arguments, kept for good. TorchSharp hands a number to libtorch in a <see cref="Scalar"/>, whose
/// finalizer frees it, and nothing keeps an unnamed one alive during the native call: a garbage collection at that moment makes the
/// operation fail or use another number. It makes such scalars itself, too: <c>a + b</c> is a + 1·b, <c>x.square()</c> is x to the power
/// of 2. Code on a hot path writes <c>a.add(b, Scalars.One)</c> and <c>x.pow(Scalars.Two)</c>, and names every other scalar in a
/// <c>using</c>.
/// </summary>
public static class Scalars
{
    /// <summary>1.</summary>
    public static Scalar One { get; } = 1;

    /// <summary>2.</summary>
    public static Scalar Two { get; } = 2;
}
