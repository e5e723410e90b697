using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// A copy of named tensors in main memory, so that they can be written while training changes the originals. The memory is kept
/// from one copy to the next.
/// </summary>
internal sealed class TensorSnapshot(IReadOnlyDictionary<string, Tensor> originals) : IDisposable
{
    private Dictionary<string, Tensor>? _copies;

    public IReadOnlyDictionary<string, Tensor> Originals => originals;

    /// <summary>Copies all tensors as they are now.</summary>
    public IReadOnlyDictionary<string, Tensor> Take()
    {
        using IDisposable noGradients = no_grad();
        // In no dispose scope: the copies outlive the step.
        _copies ??= originals.ToDictionary(item => item.Key, item =>
            empty(item.Value.shape, dtype: item.Value.dtype, device: CPU).DetachFromDisposeScope());
        foreach ((string name, Tensor copy) in _copies) copy.copy_(originals[name]);
        return _copies;
    }

    public void Dispose()
    {
        foreach (Tensor copy in _copies?.Values ?? Enumerable.Empty<Tensor>()) copy.Dispose();
        _copies = null;
    }
}
