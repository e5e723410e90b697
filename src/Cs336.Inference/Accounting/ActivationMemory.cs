using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// Bytes of the float32 activations that a training step holds for its backward pass, of one sequence: what the course's report
/// lists, one tensor for each operation's result. A batch takes a multiple.
/// </summary>
public sealed record ActivationMemory
{
    private const int BytesPerNumber = 4;

    /// <summary>
    /// Norms of all layers: 2 T d_model numbers per layer, and T · (num_heads + num_kv_heads) · head_size where queries and keys have some.
    /// </summary>
    public required long Norms { get; init; }

    /// <summary>
    /// Queries, keys and values: T · (num_heads + 2 num_kv_heads) · head_size numbers per layer; and where a layer has an embedding of
    /// values, T · num_kv_heads · (head_size + 1) for the tokens' vectors and their gates.
    /// </summary>
    public required long Projections { get; init; }

    /// <summary>Q Kᵀ: num_heads · T² numbers per layer; none where attention is fused.</summary>
    public required long AttentionScores { get; init; }

    /// <summary>
    /// Softmax of the scores: num_heads · T² numbers per layer; where attention is fused, num_heads · T for the logarithms of its sums.
    /// </summary>
    public required long Softmax { get; init; }

    /// <summary>Weighted sums of the values: T · num_heads · head_size numbers per layer.</summary>
    public required long AttentionValues { get; init; }

    /// <summary>Output projection: T d_model numbers per layer.</summary>
    public required long OutputProjection { get; init; }

    /// <summary>W₁ x: T d_ff numbers per layer.</summary>
    public required long W1Product { get; init; }

    /// <summary>SiLU of W₁ x, or ReLU²: T d_ff numbers per layer.</summary>
    public required long Silu { get; init; }

    /// <summary>W₃ x: T d_ff numbers per layer with SwiGLU, none without a gate.</summary>
    public required long W3Product { get; init; }

    /// <summary>SiLU(W₁ x) ⊙ W₃ x: T d_ff numbers per layer with SwiGLU, none without a gate.</summary>
    public required long GateProduct { get; init; }

    /// <summary>The result of W₂: T d_model numbers per layer.</summary>
    public required long W2Product { get; init; }

    /// <summary>Feed-forward networks: T · (4 d_ff + d_model) numbers per layer with SwiGLU, T · (2 d_ff + d_model)
    /// without a gate.</summary>
    public long FeedForward => W1Product + Silu + W3Product + GateProduct + W2Product;

    /// <summary>Norm before the head: T d_model numbers.</summary>
    public required long FinalNorm { get; init; }

    /// <summary>Logits: T · vocab_size numbers, or a chunk's.</summary>
    public required long Logits { get; init; }

    /// <summary>Cross-entropy on the logits: T · vocab_size numbers for their softmax, or a chunk's.</summary>
    public required long CrossEntropy { get; init; }

    /// <summary>Everything.</summary>
    public long Total =>
        Norms + Projections + AttentionScores + Softmax + AttentionValues + OutputProjection + FeedForward
        + FinalNorm + Logits + CrossEntropy;

    /// <summary>What <see cref="Total"/> is the sum of, in bytes.</summary>
    [JsonIgnore]
    public IReadOnlyList<AccountedComponent> Components =>
    [
        new("norms", Norms),
        new("Q, K, V projections", Projections),
        new("attention scores QKᵀ", AttentionScores),
        new("softmax", Softmax),
        new("attention times V", AttentionValues),
        new("output projection", OutputProjection),
        new("W1 product", W1Product),
        new("SiLU", Silu),
        new("W3 product", W3Product),
        new("gate product", GateProduct),
        new("W2 product", W2Product),
        new("final norm", FinalNorm),
        new("logits", Logits),
        new("cross-entropy", CrossEntropy),
    ];

    /// <summary>Counts the activations of one sequence.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequenceLength">T, tokens per sequence; may exceed the configuration's context.</param>
    /// <param name="options">Which ways of saving memory to count with; null for none, as the course counts.</param>
    /// <exception cref="ArgumentException">The configuration is not sound, or a number is below 1.</exception>
    /// <exception cref="OverflowException">There are 2⁶³ bytes or more.</exception>
    public static ActivationMemory PerSequence(TransformerConfig config, int sequenceLength, ActivationOptions? options = null)
    {
        AccountingInput.Check(config);
        AccountingInput.CheckAtLeastOne(sequenceLength);
        options ??= new ActivationOptions();
        if (options.LossChunkLength is int chunk) AccountingInput.CheckAtLeastOne(chunk, nameof(options.LossChunkLength));
        bool gated = config.FeedForward == FeedForwardKind.SwiGlu;
        Int128 layers = (Int128)config.NumLayers * BytesPerNumber;
        Int128 width = (Int128)sequenceLength * config.DModel; // numbers in a (T, d_model) tensor
        Int128 inner = layers * sequenceLength * config.DFf;
        Int128 keys = (Int128)sequenceLength * config.KeyValueHeads * config.HeadSize;
        Int128 queries = (Int128)sequenceLength * config.QueryWidth;
        Int128 rows = (Int128)sequenceLength * config.NumHeads;
        Int128 scores = layers * rows * sequenceLength;
        Int128 logits = (Int128)BytesPerNumber * Math.Min(options.LossChunkLength ?? sequenceLength, sequenceLength) * config.VocabSize;
        Int128 valueEmbeddings = (Int128)BytesPerNumber * TransformerTensors.ValueEmbeddingLayers(config)
            * (keys + (Int128)sequenceLength * config.KeyValueHeads);
        bool normed = config.Norm != NormPlacement.None;
        Int128 total = 0;
        return new ActivationMemory
        {
            Norms = Add(layers * ((normed ? 2 * width : 0) + (config.QkNorm ? queries + keys : 0))),
            Projections = Add(layers * (queries + 2 * keys) + valueEmbeddings),
            AttentionScores = Add(options.FusedAttention ? 0 : scores),
            Softmax = Add(options.FusedAttention ? layers * rows : scores),
            AttentionValues = Add(layers * queries),
            OutputProjection = Add(layers * width),
            W1Product = Add(inner),
            Silu = Add(inner),
            W3Product = Add(gated ? inner : 0),
            GateProduct = Add(gated ? inner : 0),
            W2Product = Add(layers * width),
            FinalNorm = Add(normed ? BytesPerNumber * width : 0),
            Logits = Add(logits),
            CrossEntropy = Add(logits),
        };

        long Add(Int128 bytes)
        {
            AccountingInput.ToInt64(total = checked(total + bytes), "bytes of activations per sequence");
            return (long)bytes;
        }
    }
}
