namespace Cs336.Inference;

/// <summary>The weights of one Transformer block.</summary>
internal sealed class CpuLayer
{
    public CpuLayer(TransformerConfig config, CpuWeights weights, int index)
    {
        string Name(string part) => TransformerTensors.Layer(index, part);
        if (config.Norm != NormPlacement.None)
        {
            AttentionNorm = weights.Vector(Name("ln1"));
            FeedForwardNorm = weights.Vector(Name("ln2"));
        }
        Query = weights.Matrix(Name("attn.q_proj"));
        Key = weights.Matrix(Name("attn.k_proj"));
        Value = weights.Matrix(Name("attn.v_proj"));
        if (config.QkvBiases)
        {
            QueryBias = weights.Vector(Name("attn.q_proj.bias"));
            KeyBias = weights.Vector(Name("attn.k_proj.bias"));
            ValueBias = weights.Vector(Name("attn.v_proj.bias"));
        }
        if (config.QkNorm)
        {
            QueryNorm = weights.Vector(Name("attn.q_norm"));
            KeyNorm = weights.Vector(Name("attn.k_norm"));
        }
        if (config.HasValueEmbeddings(index))
        {
            ValueEmbeddings = weights.Matrix(Name("attn.value_embeddings"));
            ValueGate = weights.Matrix(Name("attn.value_gate"));
        }
        if (config.SkipOf(index) is not null) SkipScale = weights.Vector(Name("skip"));
        Window = config.WindowOf(index) ?? int.MaxValue;
        Output = weights.Matrix(Name("attn.output_proj"));
        W1 = weights.Matrix(Name("ffn.w1"));
        W2 = weights.Matrix(Name("ffn.w2"));
        if (config.FeedForward == FeedForwardKind.SwiGlu) W3 = weights.Matrix(Name("ffn.w3"));
    }

    public AlignedBuffer? AttentionNorm { get; }

    public WeightMatrix Query { get; }

    public WeightMatrix Key { get; }

    public WeightMatrix Value { get; }

    public AlignedBuffer? QueryBias { get; }

    public AlignedBuffer? KeyBias { get; }

    public AlignedBuffer? ValueBias { get; }

    public AlignedBuffer? QueryNorm { get; }

    public AlignedBuffer? KeyNorm { get; }

    /// <summary>What is added to the values of each token, by the gate; null where nothing is.</summary>
    public WeightMatrix? ValueEmbeddings { get; }

    public WeightMatrix? ValueGate { get; }

    /// <summary>What an earlier layer's output is multiplied by before it is added, one number; null where nothing is added.</summary>
    public AlignedBuffer? SkipScale { get; }

    /// <summary>How many tokens one attends over at most.</summary>
    public int Window { get; }

    public WeightMatrix Output { get; }

    public AlignedBuffer? FeedForwardNorm { get; }

    public WeightMatrix W1 { get; }

    public WeightMatrix W2 { get; }

    public WeightMatrix? W3 { get; }

    /// <summary>All matrices.</summary>
    public IEnumerable<WeightMatrix> Matrices => new[] { Query, Key, Value, Output, W1, W2, W3 }.OfType<WeightMatrix>();
}
