using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Transformer;

/// <summary>
/// Causal attention within one head, and its gradients, by blocks of queries: the (T, T) scores are never whole in memory, nor
/// are those computed that no query sees (FlashAttention; Dao et al., 2022). Not thread-safe: it holds the scores of a block.
/// </summary>
internal abstract unsafe class FlashAttentionHead : IDisposable
{
    /// <summary>For each width of register that this processor has, the widest first.</summary>
    public static IReadOnlyList<(string Name, Func<int, int, int, FlashAttentionHead> Create)> Supported { get; } = Find();

    /// <summary>Makes the memory for heads of T vectors of size d, with the widest registers there are.</summary>
    /// <param name="length">T.</param>
    /// <param name="size">d.</param>
    /// <param name="window">How many positions a query sees at most, its own the last of them; from T on all up to its own.</param>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public static FlashAttentionHead Create(int length, int size, int window) => Supported[0].Create(length, size, window);

    /// <summary>O = softmax(Q Kᵀ / √d + mask) V.</summary>
    /// <param name="queries">Q, (T, d).</param>
    /// <param name="keys">K, (T, d).</param>
    /// <param name="values">V, (T, d).</param>
    /// <param name="output">O, (T, d).</param>
    /// <param name="logSums">log Σ exp of each query's scores, (T).</param>
    public abstract void Attend(StridedRows queries, StridedRows keys, StridedRows values, StridedRows output, float* logSums);

    /// <summary>
    /// The gradients of a loss with respect to Q, K and V from the one with respect to O; the probabilities P are computed again:
    /// dV = Pᵀ dO, dP = dO Vᵀ, dS = P ⊙ (dP - Σⱼ dOⱼ Oⱼ), dQ = dS K / √d, dK = dSᵀ Q / √d.
    /// </summary>
    /// <param name="queries">Q, (T, d).</param>
    /// <param name="keys">K, (T, d).</param>
    /// <param name="values">V, (T, d).</param>
    /// <param name="output">O, (T, d).</param>
    /// <param name="logSums">What <see cref="Attend"/> left there, (T).</param>
    /// <param name="gradient">dO, (T, d).</param>
    /// <param name="dQueries">dQ, (T, d).</param>
    /// <param name="dKeys">dK, (T, d).</param>
    /// <param name="dValues">dV, (T, d).</param>
    public abstract void Differentiate(
        StridedRows queries, StridedRows keys, StridedRows values, StridedRows output, float* logSums,
        StridedRows gradient, StridedRows dQueries, StridedRows dKeys, StridedRows dValues);

    public abstract void Dispose();

    private static List<(string, Func<int, int, int, FlashAttentionHead>)> Find()
    {
        List<(string, Func<int, int, int, FlashAttentionHead>)> all = [];
        if (Vector512.IsHardwareAccelerated)
            all.Add(("512-bit vectors",
                (length, size, window) => new FlashAttentionHead<Lanes512, Vector512<float>>(length, size, window)));
        if (Vector256.IsHardwareAccelerated)
            all.Add(("256-bit vectors",
                (length, size, window) => new FlashAttentionHead<Lanes256, Vector256<float>>(length, size, window)));
        if (Vector128.IsHardwareAccelerated)
            all.Add(("128-bit vectors",
                (length, size, window) => new FlashAttentionHead<Lanes128, Vector128<float>>(length, size, window)));
        all.Add(("one number at a time", (length, size, window) => new FlashAttentionHead<Lanes1, float>(length, size, window)));
        return all;
    }
}
