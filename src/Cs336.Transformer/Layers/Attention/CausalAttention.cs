using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Causal attention over whole sequences with its gradients, in C#. libtorch's fused kernel multiplies each head's blocks with
/// MKL, which takes more time to prepare products of that size than to compute them.
/// </summary>
internal sealed unsafe class CausalAttention : autograd.SingleTensorFunction<CausalAttention>
{
    /// <summary>The wrappers of the gradients that autograd was last given on this thread: it holds them itself once it calls again.</summary>
    [ThreadStatic]
    private static List<Tensor>? _handedOver;

    /// <inheritdoc/>
    public override string Name => nameof(CausalAttention);

    /// <summary>Whether <see cref="Attend"/> can be used: float32 on the processor, with AVX-512, T and head_size multiples of 16.</summary>
    /// <param name="queries">(B, heads, T, d).</param>
    public static bool CanAttend(Tensor queries) =>
        Avx512F.IsSupported && queries.dtype == float32 && queries.device_type == DeviceType.CPU
        && queries.size(2) % TileProduct.Columns == 0 && queries.size(3) % TileProduct.Columns == 0;

    /// <summary>Attends. Differentiable.</summary>
    /// <param name="queries">(B, heads, T, d).</param>
    /// <param name="keys">(B, heads, T, d).</param>
    /// <param name="values">(B, heads, T, d).</param>
    /// <returns>(B, heads, T, d), in memory as (B, T, heads, d).</returns>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values)
    {
        // TorchSharp makes an empty tensor beside each result, to know its shape; the scope releases it.
        using DisposeScope scope = NewDisposeScope();
        return apply(queries, keys, values).transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor queries, Tensor keys, Tensor values) = (WithRows((Tensor)vars[0]), WithRows((Tensor)vars[1]), WithRows((Tensor)vars[2]));
        (long batch, long heads, long length, long size) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        Tensor output = empty([batch, length, heads, size]), logSums = empty([batch, heads, length]);
        Heads q = new(queries), k = new(keys), v = new(values), o = new(output.transpose(1, 2));
        float* sums = (float*)Data(logSums);
        ForEachHead(batch, heads, length, size, (head, b, h) => head.Attend(q[b, h], k[b, h], v[b, h], o[b, h], sums + (((b * heads) + h) * length)));
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([queries, keys, values, output, logSums]);
        return output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        if (_handedOver is { } previous) foreach (Tensor tensor in previous) tensor.Dispose();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor queries, Tensor keys, Tensor values, Tensor output, Tensor logSums) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
        (long batch, long heads, long length, long size) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        Tensor gradient = WithRows(grad_output.transpose(1, 2));
        if (is_grad_enabled())
        {
            // Gradients that are to be differentiated themselves come from the equation written out.
            Tensor[] inputs = [.. saved.Take(3).Select(x => x.view(x.shape))]; // apart from each other, even if all three are one tensor
            Tensor attended = ScaledDotProductAttention.Attend(inputs[0], inputs[1], inputs[2], ComputePath.Explicit);
            return [.. autograd.grad([attended], inputs, [gradient], retain_graph: true, create_graph: true).Select(x => x.MoveToOuterDisposeScope())];
        }
        Tensor dQueries = Empty(), dKeys = Empty(), dValues = Empty();
        Heads q = new(queries), k = new(keys), v = new(values), o = new(output.transpose(1, 2)), g = new(gradient), dq = new(dQueries), dk = new(dKeys), dv = new(dValues);
        float* sums = (float*)Data(logSums);
        ForEachHead(batch, heads, length, size, (head, b, h) => head.Differentiate(
            q[b, h], k[b, h], v[b, h], o[b, h], sums + (((b * heads) + h) * length), g[b, h], dq[b, h], dk[b, h], dv[b, h]));
        return _handedOver = [dQueries.MoveToOuterDisposeScope(), dKeys.MoveToOuterDisposeScope(), dValues.MoveToOuterDisposeScope()];

        Tensor Empty() => empty([batch, length, heads, size]).transpose(1, 2);
    }

    private static Tensor WithRows(Tensor x) => x.stride(-1) == 1 ? x : x.contiguous();

    private static nint Data(Tensor x) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes));

    /// <summary>Each head is one thread's, so that the result does not depend on their number.</summary>
    private static void ForEachHead(long batch, long heads, long length, long size, Action<CausalHead, long, long> body) =>
        Parallel.For(0, batch * heads, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, () => new CausalHead((int)length, (int)size),
            (index, _, head) =>
            {
                body(head, index / heads, index % heads);
                return head;
            },
            head => head.Dispose());

    /// <summary>Where the heads of a (B, heads, T, d) tensor lie.</summary>
    private readonly struct Heads(Tensor x)
    {
        private readonly nint _data = Data(x[0, 0, 0]);
        private readonly long _batch = x.stride(0);
        private readonly long _head = x.stride(1);
        private readonly nint _row = (nint)x.stride(2);

        public HeadRows this[long batch, long head] => new(_data + (nint)(sizeof(float) * ((batch * _batch) + (head * _head))), _row);
    }
}
