using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Causal attention over whole sequences with its gradients, in C#. libtorch's fused kernel multiplies each head's blocks with
/// MKL, which takes more time to prepare products of that size than to compute them.
/// </summary>
internal sealed unsafe class FlashAttention : autograd.SingleTensorFunction<FlashAttention>
{
    /// <summary>
    /// The wrappers of the gradients that autograd was last given on this thread. They must live until autograd has taken them, which
    /// it has by the time of the next call.
    /// </summary>
    [ThreadStatic]
    private static List<Tensor>? _handedOver;

    /// <summary>The window of the call that <see cref="forward"/> is about to see; only tensors are handed to it.</summary>
    [ThreadStatic]
    private static long? _window;

    /// <inheritdoc/>
    public override string Name => nameof(FlashAttention);

    /// <summary>Attends. Differentiable, also twice.</summary>
    /// <param name="queries">(B, heads, T, d), float32 on the processor.</param>
    /// <param name="keys">(B, heads, T, d), float32.</param>
    /// <param name="values">(B, heads, T, d), float32.</param>
    /// <param name="window">How many positions a query sees at most; null for all up to its own.</param>
    /// <returns>(B, heads, T, d), in memory as (B, T, heads, d).</returns>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, long? window = null)
    {
        _window = window < keys.size(2) ? window : null;
        // TorchSharp makes an empty tensor beside each result, to know its shape; the scope releases it.
        using DisposeScope scope = NewDisposeScope();
        return apply(queries, keys, values).transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor queries, Tensor keys, Tensor values) = (WithRows((Tensor)vars[0]), WithRows((Tensor)vars[1]), WithRows((Tensor)vars[2]));
        (long batch, long heads, long length, long size) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        long? window = _window;
        Tensor output = empty([batch, length, heads, size]), logSums = empty([batch, heads, length]);
        if (output.numel() > 0)
        {
            Heads q = new(queries), k = new(keys), v = new(values), o = new(output.transpose(1, 2));
            float* sums = (float*)Data(logSums);
            ForEachHead(batch, heads, length, size, window, (head, b, h) =>
                head.Attend(q[b, h], k[b, h], v[b, h], o[b, h], sums + (((b * heads) + h) * length)));
        }
        // The window has to be a tensor to be kept.
        ctx.save_for_backward(window is long some
            ? [queries, keys, values, output, logSums, tensor(some)] : [queries, keys, values, output, logSums]);
        return output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        try
        {
            if (_handedOver is { } previous) foreach (Tensor tensor in previous) tensor.Dispose();
            _handedOver = null;
            using DisposeScope scope = NewDisposeScope();
            List<Tensor> saved = ctx.get_saved_variables();
            Tensor gradient = grad_output.transpose(1, 2); // (B, heads, T, d)
            long? window = saved.Count > 5 ? saved[5].item<long>() : null;
            Tensor[] gradients = is_grad_enabled()
                ? ExplicitOperations.DifferentiateAttention(saved[0], saved[1], saved[2], gradient, window)
                : Differentiate(saved[0], saved[1], saved[2], saved[3], saved[4], gradient, window);
            return _handedOver = [.. gradients.Select(x => x.MoveToOuterDisposeScope())];
        }
        catch (Exception exception)
        {
            // An exception must not pass through libtorch's frames, which lie above this one: it would end the process.
            return Backpropagation.Refuse(exception, gradientCount: 3);
        }
    }

    /// <summary>dQ, dK and dV, computed as whole heads.</summary>
    private static Tensor[] Differentiate(
        Tensor queries, Tensor keys, Tensor values, Tensor output, Tensor logSums, Tensor outputGradient, long? window)
    {
        (long batch, long heads, long length, long size) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        Tensor gradient = WithRows(outputGradient), dQueries = Empty(), dKeys = Empty(), dValues = Empty();
        if (gradient.numel() > 0)
        {
            Heads q = new(queries), k = new(keys), v = new(values), o = new(output.transpose(1, 2)), g = new(gradient);
            Heads dq = new(dQueries), dk = new(dKeys), dv = new(dValues);
            float* sums = (float*)Data(logSums);
            ForEachHead(batch, heads, length, size, window, (head, b, h) => head.Differentiate(
                q[b, h], k[b, h], v[b, h], o[b, h], sums + (((b * heads) + h) * length), g[b, h], dq[b, h], dk[b, h], dv[b, h]));
        }
        return [dQueries, dKeys, dValues];

        Tensor Empty() => empty([batch, length, heads, size]).transpose(1, 2);
    }

    private static Tensor WithRows(Tensor x) => x.stride(-1) == 1 ? x : x.contiguous();

    private static nint Data(Tensor x) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes));

    /// <summary>
    /// Each head is one thread's, so that the result does not depend on their number; a thread that is done takes the next head.
    /// </summary>
    private static void ForEachHead(
        long batch, long heads, long length, long size, long? window, Action<FlashAttentionHead, long, long> body)
    {
        long count = batch * heads, next = 0;
        int threads = (int)Math.Min(get_num_threads(), count);
        if (threads <= 1) Run(0);
        else
        {
            try
            {
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, Run);
            }
            catch (AggregateException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            }
        }

        void Run(int thread)
        {
            using FlashAttentionHead head = FlashAttentionHead.Create(checked((int)length), checked((int)size), (int)(window ?? length));
            for (long index; (index = Interlocked.Increment(ref next) - 1) < count;) body(head, index / heads, index % heads);
        }
    }

    /// <summary>Where the heads of a (B, heads, T, d) tensor lie.</summary>
    private readonly struct Heads(Tensor x)
    {
        private readonly nint _data = Data(x[0, 0, 0]);
        private readonly long _batch = x.stride(0);
        private readonly long _head = x.stride(1);
        private readonly nint _row = (nint)x.stride(2);

        public StridedRows this[long batch, long head] => new(_data + (nint)(sizeof(float) * ((batch * _batch) + (head * _head))), _row);
    }
}
