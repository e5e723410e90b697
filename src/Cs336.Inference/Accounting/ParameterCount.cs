using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// How many parameters a model has, by component, counted from its configuration alone.
/// The course's XL-sized GPT-2 has 2,127,057,600.
/// </summary>
public sealed record ParameterCount
{
    /// <summary>Token embedding: vocab_size · d_model.</summary>
    public required long Embedding { get; init; }

    /// <summary>
    /// Projections of one layer's attention: 2 d_model · num_heads · head_size for queries and output, 2 d_model · num_kv_heads · head_size
    /// for keys and values, and the biases of the three where there are any.
    /// </summary>
    public required long AttentionPerLayer { get; init; }

    /// <summary>Feed-forward network of one layer: 3 d_model · d_ff for SwiGLU, 2 d_model · d_ff for SiLU and ReLU².</summary>
    public required long FeedForwardPerLayer { get; init; }

    /// <summary>
    /// Gains of one layer's norms: 2 d_model, or 0 without norms; and 2 head_size where queries and keys are normalised.
    /// </summary>
    public required long NormsPerLayer { get; init; }

    /// <summary>Number of layers.</summary>
    public required int NumLayers { get; init; }

    /// <summary>Gains of the norm before the head: d_model, or 0 without norms.</summary>
    public required long FinalNorm { get; init; }

    /// <summary>Head: vocab_size · d_model, or 0 where it is the embedding's matrix.</summary>
    public required long Head { get; init; }

    /// <summary>
    /// Embeddings of values with their gates: (vocab_size · head_size + d_model) · num_kv_heads in each layer that has some; 0 in most
    /// models.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long ValueEmbeddings { get; init; }

    /// <summary>Scales of skip connections: one in each layer of the last half, where there are some.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SkipScales { get; init; }

    /// <summary>One layer with everything that all have.</summary>
    public long PerLayer => AttentionPerLayer + FeedForwardPerLayer + NormsPerLayer;

    /// <summary>The whole model.</summary>
    public long Total => Embedding + NumLayers * PerLayer + ValueEmbeddings + SkipScales + FinalNorm + Head;

    /// <summary>What <see cref="Total"/> is the sum of, in parameters.</summary>
    [JsonIgnore]
    public IReadOnlyList<AccountedComponent> Components =>
    [
        new("embedding", Embedding),
        new("attention", NumLayers * AttentionPerLayer),
        new("feed-forward", NumLayers * FeedForwardPerLayer),
        new("norms", NumLayers * NormsPerLayer),
        .. ValueEmbeddings == 0 ? (AccountedComponent[])[] : [new("value embeddings", ValueEmbeddings)],
        .. SkipScales == 0 ? (AccountedComponent[])[] : [new("skip scales", SkipScales)],
        new("final norm", FinalNorm),
        new("head", Head),
    ];

    /// <summary>Counts the parameters of a model, without building it.</summary>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="ArgumentException">The configuration is not sound; the message lists every problem.</exception>
    /// <exception cref="OverflowException">The model has 2⁶³ parameters or more.</exception>
    public static ParameterCount Of(TransformerConfig config)
    {
        AccountingInput.Check(config);
        Int128 d = config.DModel, queries = config.QueryWidth, keys = (Int128)config.KeyValueHeads * config.HeadSize;
        bool normed = config.Norm != NormPlacement.None;
        Int128 embedding = config.VocabSize * d;
        Int128 attention = 2 * d * queries + 2 * d * keys + (config.QkvBiases ? queries + 2 * keys : 0);
        Int128 feedForward = MatricesOf(config.FeedForward) * d * config.DFf;
        Int128 finalNorm = normed ? d : 0;
        Int128 norms = 2 * finalNorm + (config.QkNorm ? 2 * config.HeadSize : 0);
        Int128 head = config.TiedEmbeddings ? 0 : embedding;
        Int128 valueEmbeddings =
            TransformerTensors.ValueEmbeddingLayers(config) * (config.VocabSize * keys + (Int128)config.KeyValueHeads * d);
        // The largest possible configuration has fewer than 2¹²⁶, so that only the sum has to be checked, and every part is less.
        int skips = TransformerTensors.SkipLayers(config);
        AccountingInput.ToInt64(
            embedding + config.NumLayers * (attention + feedForward + norms) + valueEmbeddings + skips + finalNorm + head, "parameters");
        return new ParameterCount
        {
            Embedding = (long)embedding,
            AttentionPerLayer = (long)attention,
            FeedForwardPerLayer = (long)feedForward,
            NormsPerLayer = (long)norms,
            NumLayers = config.NumLayers,
            ValueEmbeddings = (long)valueEmbeddings,
            SkipScales = skips,
            FinalNorm = (long)finalNorm,
            Head = (long)head,
        };
    }

    /// <summary>How many d_model by d_ff matrices a feed-forward network has.</summary>
    internal static int MatricesOf(FeedForwardKind kind) => kind == FeedForwardKind.SwiGlu ? 3 : 2;
}
