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
            throw new ArgumentException($"The logits have shape ({string.Join(", ", logits.shape)}) and the targets ({string.Join(", ", targets.shape)}); expected the same but for the last dimension of the logits.");
        Tensor shifted = logits - logits.detach().amax([-1], keepdim: true);
        Tensor logSumExp = shifted.exp().sum(-1).log();
        Tensor target = shifted.gather(-1, targets.unsqueeze(-1)).squeeze(-1);
        return (logSumExp - target).mean();
    }
}
