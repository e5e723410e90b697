using Cs336.Inference;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The key/value cache of one sequence of a <see cref="TransformerLM"/>: one part a layer.</summary>
internal sealed class TransformerCache(TransformerLM owner, Device device) : IKvCache
{
    private readonly LayerCache[] _layers =
        [.. Enumerable.Range(0, owner.Config.NumLayers).Select(_ => new LayerCache(owner.Config.KeyValueHeads, owner.Config.ContextLength, owner.Config.HeadSize, device))];

    public TransformerLM Owner => owner;

    public LayerCache this[int layer] => _layers[layer];

    public int Length => (int)_layers[^1].Length;

    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        foreach (LayerCache layer in _layers) layer.Length = length;
    }

    public void Dispose()
    {
        foreach (LayerCache layer in _layers) layer.Dispose();
    }
}
