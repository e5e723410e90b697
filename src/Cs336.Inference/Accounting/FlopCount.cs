using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// Floating-point operations of a pass through a model, by component. A product of (m, k) and (k, n) matrices counts 2mnk.
/// Of what goes element by element, softmax counts 6 per score (scale, maximum, difference, exponential, sum, quotient), a norm
/// 4 an element, rotary positions 3 an element of queries and keys, a residual sum 1; SiLU and its gate, or ReLU², a thousandth of
/// the feed-forward network's products or less, are left out as in the course's report, and so is a soft cap of the logits. 128 bits,
/// because one step of the largest models exceeds 2⁶³.
/// </summary>
public sealed record FlopCount
{
    /// <summary>
    /// Query, key, value and output projections: 4 T d_model · (num_heads + num_kv_heads) · head_size per layer; and of gates for
    /// embeddings of values 2 T d_model · num_kv_heads, where a layer has one.
    /// </summary>
    public required Int128 AttentionProjections { get; init; }

    /// <summary>Q Kᵀ: 2 T² · num_heads · head_size per layer, the masked half included, and what lies before a window.</summary>
    public required Int128 AttentionScores { get; init; }

    /// <summary>Attention times V: 2 T² · num_heads · head_size per layer, the masked half included, as above.</summary>
    public required Int128 AttentionValues { get; init; }

    /// <summary>Feed-forward network: 6 T d_model · d_ff per layer for SwiGLU, 4 T d_model · d_ff for SiLU and ReLU².</summary>
    public required Int128 FeedForward { get; init; }

    /// <summary>Head: 2 T d_model · vocab_size.</summary>
    public required Int128 Head { get; init; }

    /// <summary>Softmax of the scores: 6 num_heads T² per layer.</summary>
    public required Int128 Softmax { get; init; }

    /// <summary>
    /// Norms: 4 T d_model each, two per layer and one before the head; 4 an element of queries and keys where these are normalised.
    /// </summary>
    public required Int128 Norms { get; init; }

    /// <summary>Rotary positions: 3 T · (num_heads + num_kv_heads) · head_size per layer.</summary>
    public required Int128 Rotary { get; init; }

    /// <summary>Residual sums: 2 T d_model per layer, and as much for each skip connection, its scale and its sum.</summary>
    public required Int128 Residuals { get; init; }

    /// <summary>What matrix products take.</summary>
    public Int128 MatrixProducts => AttentionProjections + AttentionScores + AttentionValues + FeedForward + Head;

    /// <summary>Everything.</summary>
    public Int128 Total => MatrixProducts + Softmax + Norms + Rotary + Residuals;

    /// <summary>What <see cref="Total"/> is the sum of, in floating-point operations.</summary>
    [JsonIgnore]
    public IReadOnlyList<AccountedComponent> Components =>
    [
        new("attention projections", AttentionProjections),
        new("attention scores QKᵀ", AttentionScores),
        new("attention times V", AttentionValues),
        new("feed-forward", FeedForward),
        new("head", Head),
        new("softmax", Softmax),
        new("norms", Norms),
        new("rotary positions", Rotary),
        new("residual sums", Residuals),
    ];

    /// <summary>Counts a forward pass.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequenceLength">T, tokens per sequence; may exceed the configuration's context, to see what a longer one would
    /// cost.</param>
    /// <param name="batch">Number of sequences.</param>
    /// <exception cref="ArgumentException">The configuration is not sound, or a number is below 1.</exception>
    /// <exception cref="OverflowException">The count exceeds 127 bits.</exception>
    public static FlopCount Forward(TransformerConfig config, int sequenceLength, int batch = 1) =>
        Of(config, sequenceLength, batch, passes: 1);

    /// <summary>
    /// Counts a forward and a backward pass; the backward pass takes twice the forward's, one for each factor of a product.
    /// </summary>
    /// <inheritdoc cref="Forward"/>
    public static FlopCount Training(TransformerConfig config, int sequenceLength, int batch = 1) =>
        Of(config, sequenceLength, batch, passes: 3);

    /// <summary>
    /// Counts one step of AdamW: 14 a parameter, whatever the batch. Decay takes 2, the first moment 3, the second 4, and the step 5: root,
    /// sum with ε, quotient, rate, difference.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="ArgumentException">The configuration is not sound; the message lists every problem.</exception>
    /// <exception cref="OverflowException">The model has 2⁶³ parameters or more.</exception>
    public static Int128 AdamWStep(TransformerConfig config) => 14 * (Int128)ParameterCount.Of(config).Total;

    private static FlopCount Of(TransformerConfig config, int sequenceLength, int batch, int passes)
    {
        AccountingInput.Check(config);
        AccountingInput.CheckAtLeastOne(sequenceLength);
        AccountingInput.CheckAtLeastOne(batch);
        try
        {
            return CountChecked(config, sequenceLength, (Int128)passes * batch * sequenceLength);
        }
        catch (OverflowException exception)
        {
            throw new OverflowException(
                $"The operations of {batch} sequences of {sequenceLength} tokens exceed 127 bits: check the configuration.", exception);
        }
    }

    /// <param name="config">A sound configuration.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="tokens">Tokens of the whole batch, counted once for each pass.</param>
    private static FlopCount CountChecked(TransformerConfig config, int sequenceLength, Int128 tokens)
    {
        checked
        {
            Int128 d = config.DModel, layers = config.NumLayers, keys = (Int128)config.KeyValueHeads * config.HeadSize;
            Int128 queries = config.QueryWidth, headNorms = config.QkNorm ? layers * tokens * 4 * (queries + keys) : 0;
            Int128 pairs = tokens * sequenceLength;
            FlopCount count = new()
            {
                AttentionProjections = tokens * 2 * d
                    * (layers * (2 * queries + 2 * keys) + TransformerTensors.ValueEmbeddingLayers(config) * (Int128)config.KeyValueHeads),
                AttentionScores = layers * pairs * 2 * queries,
                AttentionValues = layers * pairs * 2 * queries,
                FeedForward = layers * tokens * 2 * ParameterCount.MatricesOf(config.FeedForward) * d * config.DFf,
                Head = tokens * 2 * d * config.VocabSize,
                Softmax = layers * pairs * 6 * config.NumHeads,
                Norms = config.Norm == NormPlacement.None ? headNorms : (2 * layers + 1) * tokens * 4 * d + headNorms,
                Rotary = config.Position == PositionEncoding.None ? 0 : layers * tokens * 3 * (queries + keys),
                Residuals = (layers + TransformerTensors.SkipLayers(config)) * tokens * 2 * d,
            };
            // Added up once with checks, so that the properties, which add without, cannot overflow.
            _ = count.Components.Aggregate(Int128.Zero, (sum, component) => sum + component.Value);
            return count;
        }
    }
}
