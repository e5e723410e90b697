namespace Cs336.Inference;

/// <summary>
/// The keys and values of one sequence in all layers, float32, allocated once for a whole context. Every change holds the model's lock
/// <see cref="CpuLanguageModel.Turn"/>, so that nothing is freed or forgotten while a thread computes with it.
/// </summary>
internal sealed unsafe class CpuKvCache : IKvCache
{
    private readonly CpuLanguageModel _model;
    private readonly KeyValueLayout _layout;
    private AlignedBuffer? _keys, _values;
    private int _claimed;

    /// <exception cref="InsufficientMemoryException">There is not enough memory for a whole context.</exception>
    public CpuKvCache(CpuLanguageModel model, KeyValueLayout layout, int layers)
    {
        (_model, _layout) = (model, layout);
        try
        {
            _keys = new AlignedBuffer(layers * layout.KeyCount * sizeof(float));
            _values = new AlignedBuffer(layers * layout.ValueCount * sizeof(float));
        }
        catch (OutOfMemoryException exception)
        {
            throw new InsufficientMemoryException(
                $"The keys and values of a sequence of context_length {layout.Positions} take {layout.BytesOf(layers)} bytes, for which "
                + "there is no memory: dispose caches that are done, or lower context_length.", exception);
        }
    }

    public CpuLanguageModel Model => _model;

    public int Length { get; set; }

    public bool IsDisposed => _keys is null;

    /// <summary>A layer's keys, of all heads.</summary>
    public float* Keys(int layer) => _keys!.Floats + (layer * _layout.KeyCount);

    /// <summary>A layer's values, of all heads.</summary>
    public float* Values(int layer) => _values!.Floats + (layer * _layout.ValueCount);

    /// <summary>Takes the cache for one call, until <see cref="Release"/>; false while another call has it.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    public void Release() => Volatile.Write(ref _claimed, 0);

    public static InvalidOperationException InUse() =>
        new("A cache is used by two threads at once: a sequence has one owner, so wait for one call to end before the next, "
            + "or give each thread a cache of its own.");

    public void Truncate(int length)
    {
        if (!TryClaim()) throw InUse();
        try
        {
            lock (_model.Turn)
            {
                ObjectDisposedException.ThrowIf(IsDisposed, this);
                ArgumentOutOfRangeException.ThrowIfNegative(length);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
                Length = length;
            }
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Frees the memory, after the pass that a thread may be computing has ended.</summary>
    public void Dispose()
    {
        lock (_model.Turn) _keys = _values = null;
    }
}
