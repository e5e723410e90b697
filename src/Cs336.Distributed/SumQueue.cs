using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Distributed;

/// <summary>
/// Adds up tensors over all ranks on a thread of its own, while the thread that asks computes on. Small ones go together in buckets, since
/// a call takes time however little it carries; those that are large enough stay where they are.
/// </summary>
internal sealed unsafe class SumQueue : IDisposable
{
    /// <summary>Elements of a bucket; as many of a tensor go alone.</summary>
    private const int BucketElements = 1 << 20;

    private readonly ICommunicator _communicator;
    private readonly BlockingCollection<(IReadOnlyList<Tensor> Tensors, Precision Precision)> _waiting = [];
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _isIdle = new(initialState: true);
    private readonly NativeMemoryBlock _bucket = new(BucketElements * sizeof(float));
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;
    private int _underWay;

    public SumQueue(ICommunicator communicator)
    {
        _communicator = communicator;
        _thread = new Thread(Work) { IsBackground = true, Name = "Cs336 adds up gradients" };
        _thread.Start();
    }

    public void Begin(IReadOnlyList<Tensor> tensors, Precision precision)
    {
        foreach (Tensor tensor in tensors)
            if (tensor.dtype != ScalarType.Float32) throw new ArgumentException($"A tensor is of {tensor.dtype}; sums are of float32.");
        lock (_lock)
        {
            _underWay++;
            _isIdle.Reset();
        }
        _waiting.Add((tensors, precision));
    }

    public void Finish()
    {
        _isIdle.Wait();
        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    public void Dispose()
    {
        _waiting.CompleteAdding();
        // What still waits for ranks that have ended is left to end with the process.
        if (_underWay > 0) return;
        _thread.Join();
        _bucket.Dispose();
    }

    private void Work()
    {
        foreach ((IReadOnlyList<Tensor> tensors, Precision precision) in _waiting.GetConsumingEnumerable())
        {
            try
            {
                if (_failure is null) AddUp(tensors, precision);
            }
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }
            lock (_lock)
            {
                if (--_underWay == 0) _isIdle.Set();
            }
        }
    }

    private void AddUp(IReadOnlyList<Tensor> tensors, Precision precision)
    {
        List<Tensor> together = [];
        long elements = 0;
        foreach (Tensor tensor in tensors)
        {
            if (precision == Precision.Float32 && tensor.NumberOfElements >= BucketElements)
            {
                HostTensor.Use(tensor, isChanged: true, _communicator.AllReduce);
                continue;
            }
            if (precision == Precision.BFloat16 && tensor.NumberOfElements > BucketElements)
            {
                HostTensor.Use(tensor, isChanged: true, AddUpInPieces);
                continue;
            }
            if (elements + tensor.NumberOfElements > BucketElements) AddUpTogether(together, ref elements, precision);
            together.Add(tensor);
            elements += tensor.NumberOfElements;
        }
        AddUpTogether(together, ref elements, precision);
    }

    private void AddUpTogether(List<Tensor> tensors, ref long elements, Precision precision)
    {
        if (tensors.Count == 0) return;
        float* bucket = (float*)_bucket.Address;
        long filled = 0;
        foreach (Tensor tensor in tensors)
            HostTensor.Use(tensor, isChanged: false, buffer =>
            {
                Buffer.MemoryCopy((void*)buffer.Address, bucket + filled, buffer.Bytes, buffer.Bytes);
                filled += buffer.Count;
            });
        ElementBuffer all = new((nint)bucket, elements, ElementType.Float32);
        if (precision == Precision.BFloat16) AddUpInBFloat16(all);
        else _communicator.AllReduce(all);
        filled = 0;
        foreach (Tensor tensor in tensors)
            HostTensor.Use(tensor, isChanged: true, buffer =>
            {
                Buffer.MemoryCopy(bucket + filled, (void*)buffer.Address, buffer.Bytes, buffer.Bytes);
                filled += buffer.Count;
            });
        tensors.Clear();
        elements = 0;
    }

    private void AddUpInPieces(ElementBuffer all)
    {
        for (long start = 0; start < all.Count; start += BucketElements)
            AddUpInBFloat16(all.Slice(start, Math.Min(BucketElements, all.Count - start)));
    }

    private void AddUpInBFloat16(ElementBuffer values)
    {
        float* elements = (float*)values.Address;
        ushort[] halves = new ushort[values.Count];
        for (int i = 0; i < halves.Length; i++) halves[i] = RankOrderSum.ToBFloat16(elements[i]);
        _communicator.AllReduceBFloat16(halves);
        for (int i = 0; i < halves.Length; i++) elements[i] = RankOrderSum.FromBFloat16(halves[i]);
    }
}
