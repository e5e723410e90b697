using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Looks up one vector a token id. Its one parameter, <c>weight</c>, has shape (vocab_size, d_model).</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly long _dModel;

    /// <summary>Makes a table with freshly drawn vectors.</summary>
    /// <param name="vocabSize">Number of ids.</param>
    /// <param name="dModel">Length of each vector.</param>
    /// <param name="generator">Where the initial values come from.</param>
    /// <param name="device">Where they go.</param>
    public Embedding(long vocabSize, long dModel, Generator generator, Device device) : base(nameof(Embedding))
    {
        _dModel = dModel;
        _weight = Initialization.EmbeddingWeight(vocabSize, dModel, generator, device);
        register_parameter("weight", _weight);
    }

    /// <summary>The vectors, (vocab_size, d_model).</summary>
    internal Parameter Weight => _weight;

    /// <summary>The vectors of the ids.</summary>
    /// <param name="tokenIds">Int64 ids, (B, T).</param>
    /// <returns>(B, T, d_model).</returns>
    public override Tensor forward(Tensor tokenIds)
    {
        // index_select's gradient is one index_add; plain indexing would sort the ids first.
        (long batch, long length) = (tokenIds.size(0), tokenIds.size(1));
        return _weight.index_select(0, tokenIds.reshape(-1)).view(batch, length, _dModel);
    }
}
