using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Keys and values of one sequence in one layer, allocated once for a whole context.</summary>
internal sealed class LayerCache(long numHeads, long contextLength, long headSize, Device device) : IDisposable
{
    private readonly Tensor _keys = zeros([1, numHeads, contextLength, headSize], dtype: float32, device: device).DetachFromDisposeScope();
    private readonly Tensor _values =
        zeros([1, numHeads, contextLength, headSize], dtype: float32, device: device).DetachFromDisposeScope();

    /// <summary>Number of positions held; set it lower to forget the rest.</summary>
    public long Length { get; set; }

    /// <summary>
    /// Adds T positions, (1, heads, T, head_size) each, and returns views of all that are now held, (1, heads, S, head_size).
    /// </summary>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        long count = keys.size(2);
        _keys.narrow(2, Length, count).copy_(keys);
        _values.narrow(2, Length, count).copy_(values);
        Length += count;
        return (_keys.narrow(2, 0, Length), _values.narrow(2, 0, Length));
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
