using Cs336.Inference;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The keys and values of one sequence in all layers of a model.</summary>
internal sealed class TransformerCache(ILanguageModel owner, TransformerConfig config, Device device) : IKvCache
{
    private readonly LayerCache[] _layers =
        [.. Enumerable.Range(0, config.NumLayers)
            .Select(_ => new LayerCache(config.KeyValueHeads, config.ContextLength, config.HeadSize, device))];

    /// <summary>The model that made it, which alone can go on from it.</summary>
    public ILanguageModel Owner => owner;

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
