using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Testing;

/// <summary>
/// Random tensors of one test, the same in every run. libtorch's own generator belongs to the process: tests that run beside one another
/// would take their numbers in another order each time, and an input that is a bad one would come up once in many runs.
/// </summary>
internal sealed class SeededTensors(ulong seed = 336) : IDisposable
{
    private readonly Generator _generator = new(seed);

    /// <summary>Numbers of the standard normal distribution.</summary>
    public Tensor Normal(params long[] shape) => randn(shape, generator: _generator);

    /// <summary>Whole numbers from 0 up to, but not including, a bound.</summary>
    public Tensor Ids(long bound, params long[] shape) => randint(0, bound, shape, dtype: ScalarType.Int64, generator: _generator);

    public void Dispose() => _generator.Dispose();
}
