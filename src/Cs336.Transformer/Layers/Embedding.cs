using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Looks up one vector per token id. Its one parameter, <c>weight</c>, has shape (vocab_size, d_model).</summary>
public sealed class Embedding : TransformerModule
{
    private readonly long _dModel;

    /// <summary>Makes a table with freshly drawn vectors.</summary>
    /// <param name="vocabSize">Number of ids.</param>
    /// <param name="dModel">Length of each vector.</param>
    /// <param name="generator">Where the initial values come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Embedding(long vocabSize, long dModel, Generator? generator = null, Device? device = null)
        : base(nameof(Embedding), device ??= CPU)
    {
        Shapes.CheckSize(vocabSize, nameof(Embedding), "vocab_size");
        Shapes.CheckSize(dModel, nameof(Embedding), "d_model");
        _dModel = dModel;
        register_parameter("weight", Initialization.EmbeddingWeight(vocabSize, dModel, generator, device));
    }

    /// <summary>The vectors, (vocab_size, d_model).</summary>
    internal Parameter Weight => get_parameter("weight")!;

    /// <summary>The vectors of the ids.</summary>
    /// <param name="tokenIds">Int64 ids, (...), any number of dimensions.</param>
    /// <returns>(..., d_model).</returns>
    /// <exception cref="ArgumentException">The ids are of another type.</exception>
    public override Tensor forward(Tensor tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        if (tokenIds.dtype != int64)
            throw new ArgumentException(
                $"Embedding was given {tokenIds.dtype}; expected token ids as Int64: convert them with to_type(int64).");
        // index_select's gradient is one index_add; plain indexing would sort the ids first.
        return Weight.index_select(0, tokenIds.reshape(tokenIds.numel())).view([.. tokenIds.shape, _dModel]);
    }
}
