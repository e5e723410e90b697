namespace Cs336.Inference;

/// <summary>The keys and values of one sequence in all layers, float32, allocated once for a whole context.</summary>
internal sealed unsafe class CpuKvCache(CpuLanguageModel model, KeyValueLayout layout, int layers) : IKvCache
{
    private AlignedBuffer? _keys = new(layers * layout.KeyCount * sizeof(float));
    private AlignedBuffer? _values = new(layers * layout.ValueCount * sizeof(float));

    public CpuLanguageModel Model => model;

    public int Length { get; set; }

    public bool IsDisposed => _keys is null;

    /// <summary>Layer's keys of all heads.</summary>
    public float* Keys(int layer) => _keys!.Floats + (layer * layout.KeyCount);

    /// <summary>Layer's values of all heads.</summary>
    public float* Values(int layer) => _values!.Floats + (layer * layout.ValueCount);

    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    public void Dispose() => _keys = _values = null;
}
