using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>The loss of language modelling: how surprised the model is by what really came next.</summary>
public static class CrossEntropy
{
    /// <summary>
    /// Mean of -log softmax(o)[x] = log Σ exp(o - max o) - (o[x] - max o) over all positions, in nats. Subtracting the maximum
    /// keeps every exponential finite, and the logarithm is never taken of a probability that was rounded to zero.
    /// </summary>
    /// <param name="logits">o, (..., vocab_size).</param>
    /// <param name="targets">x, int64 ids, (...).</param>
    /// <returns>A scalar; differentiable with respect to the logits.</returns>
    /// <exception cref="ArgumentException">The leading dimensions differ.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        if (!logits.shape.AsSpan()[..^1].SequenceEqual(targets.shape))
            throw new ArgumentException($"The logits have shape ({string.Join(", ", logits.shape)}) and the targets "
                + $"({string.Join(", ", targets.shape)}); expected the same but for the last dimension of the logits.");
        Tensor shifted = logits - logits.detach().amax([-1], keepdim: true);
        Tensor logSumExp = shifted.exp().sum(-1).log();
        Tensor target = shifted.gather(-1, targets.unsqueeze(-1)).squeeze(-1);
        return (logSumExp - target).mean();
    }

    /// <summary>The sum of the cross-entropies of some positions; the logits are overwritten, by their gradients where asked.</summary>
    /// <param name="logits">o, (n, vocab_size), float32; where there is a soft cap, before it.</param>
    /// <param name="targets">x, (n).</param>
    /// <param name="scale">What each position counts for in the gradient.</param>
    /// <param name="zLossWeight">λ of λ (log Σ exp o)², which the gradient includes and the result does not.</param>
    /// <param name="withGradient">
    /// Whether to compute it: scale · (softmax(o) (1 + 2 λ log Σ exp o) - onehot(x)), and with a soft cap times its slope
    /// 1 - tanh²(o / c).
    /// </param>
    /// <param name="softCap">c of c · tanh(o / c), which logits go through first; null for none.</param>
    internal static double InPlace(
        Tensor logits, Tensor targets, double scale, double zLossWeight, bool withGradient, double? softCap = null) =>
        TensorSpan.CanBeOf(logits)
            ? RowByRow(logits, targets, scale, zLossWeight, withGradient, softCap)
            : InTensorOperations(logits, targets, scale, zLossWeight, withGradient, softCap);

    private static double RowByRow(
        Tensor logits, Tensor targets, double scale, double zLossWeight, bool withGradient, double? softCap)
    {
        long[] ids = [.. targets.data<long>()];
        int width = (int)logits.size(1);
        foreach (long id in ids)
            if ((ulong)id >= (ulong)width) throw new ArgumentException($"A target is {id}, but there are logits for {width} tokens.");
        TensorSpan rows = TensorSpan.Of(logits);
        double[] nats = new double[ids.Length];
        ParallelBlocks.Share(ids.Length, (from, to) =>
        {
            // A cap's slopes have to be kept until the gradient is there, of one row at a time.
            float[] slopes = softCap is not null && withGradient ? new float[width] : [];
            for (int row = from; row < to; row++)
            {
                Span<float> values = rows.Slice((long)row * width, width);
                if (softCap is double cap) CrossEntropyRow.Cap(values, slopes, (float)cap);
                nats[row] = CrossEntropyRow.Apply(values, (int)ids[row], scale, zLossWeight, withGradient);
                if (slopes.Length > 0) CrossEntropyRow.Multiply(values, slopes);
            }
        });
        return nats.Sum();
    }

    /// <summary>The same for any device.</summary>
    internal static double InTensorOperations(
        Tensor logits, Tensor targets, double scale, double zLossWeight, bool withGradient, double? softCap = null)
    {
        Tensor? slopes = softCap is double cap ? CapInPlace(logits, cap, withGradient) : null;
        Tensor index = targets.unsqueeze(-1); // (n, 1)
        Tensor max = logits.amax([-1], keepdim: true);
        Tensor target = logits.sub_(max).gather(-1, index);
        Tensor sum = logits.exp_().sum(-1, keepdim: true);
        Tensor logSumExp = sum.log();
        double nats = (logSumExp - target).sum(float64).item<double>();
        if (!withGradient) return nats;
        using Scalar zScale = 2 * zLossWeight, all = scale, minus = -scale;
        Tensor factor = logSumExp.add_(max, alpha: Scalars.One).mul_(zScale).add_(Scalars.One, alpha: Scalars.One).mul_(all).div_(sum);
        logits.mul_(factor).scatter_add_(-1, index, full_like(target, minus));
        if (slopes is not null) logits.mul_(slopes);
        return nats;
    }

    /// <summary>o ← c · tanh(o / c); returns the slopes 1 - tanh²(o / c) where they are wanted.</summary>
    private static Tensor? CapInPlace(Tensor logits, double cap, bool withSlopes)
    {
        using Scalar c = cap, minusOne = -1;
        logits.div_(c).tanh_();
        Tensor? slopes = withSlopes ? logits.mul(logits).mul_(minusOne).add_(Scalars.One, alpha: Scalars.One) : null;
        logits.mul_(c);
        return slopes;
    }
}
