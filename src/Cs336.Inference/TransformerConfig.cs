using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// The shape of a decoder-only Transformer language model. Its JSON carries the names that Stanford's CS336 uses:
/// <c>vocab_size context_length d_model num_layers num_heads d_ff rope_theta</c>; the choices that it compares in ablations are
/// <c>norm position ffn</c>, and <c>num_kv_heads tied_embeddings eps init_seed</c> complete them. What models of others have besides is
/// <c>head_dim qkv_biases qk_norm rope_scaling window layers_without_window</c>, and what recipes of today add is
/// <c>zero_init_outputs logit_soft_cap embedding_scale window_pattern value_embeddings unet_skips</c>. What is left out has its default.
/// </summary>
public sealed partial record TransformerConfig
{
    private const char ShortLayer = 'S', LongLayer = 'L'; // of a window pattern

    /// <summary>Number of token ids; the embedding has this many rows and the logits this many columns.</summary>
    [JsonPropertyName("vocab_size")]
    public required int VocabSize { get; init; }

    /// <summary>The most tokens that the model attends over; rotary tables and key/value caches have this length.</summary>
    [JsonPropertyName("context_length")]
    public required int ContextLength { get; init; }

    /// <summary>Width of the residual stream.</summary>
    [JsonPropertyName("d_model")]
    public required int DModel { get; init; }

    /// <summary>Number of Transformer blocks.</summary>
    [JsonPropertyName("num_layers")]
    public required int NumLayers { get; init; }

    /// <summary>
    /// Number of query heads; divides <see cref="DModel"/>, unless there is a <see cref="HeadDim"/>, into heads of an even size where
    /// positions are rotary.
    /// </summary>
    [JsonPropertyName("num_heads")]
    public required int NumHeads { get; init; }

    /// <summary>
    /// Inner width of the feed-forward network: about 8/3 · d_model for SwiGLU, 4 · d_model for SiLU and ReLU², which gives all
    /// of them equally many parameters.
    /// </summary>
    [JsonPropertyName("d_ff")]
    public required int DFf { get; init; }

    /// <summary>Base Θ of the rotary position embedding (Su et al., 2021). Default 10,000.</summary>
    [JsonPropertyName("rope_theta")]
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>
    /// Number of key and value heads, each shared by num_heads / num_kv_heads query heads in a row (grouped-query attention;
    /// Ainslie et al., 2023). Default null: as many as <see cref="NumHeads"/>.
    /// </summary>
    [JsonPropertyName("num_kv_heads")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NumKvHeads { get; init; }

    /// <summary>
    /// Width of one head, where that is not <see cref="DModel"/> / <see cref="NumHeads"/>. Default null: that quotient.
    /// </summary>
    [JsonPropertyName("head_dim")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? HeadDim { get; init; }

    /// <summary>Whether queries, keys and values have biases, as in Qwen 2; nothing else ever has. Default false.</summary>
    [JsonPropertyName("qkv_biases")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool QkvBiases { get; init; }

    /// <summary>
    /// Whether each head's query and key are normalised before they are turned, by RMSNorm with gains that a layer's heads share, as in
    /// Qwen 3 (QK-norm; Henry et al., 2020). Default false.
    /// </summary>
    [JsonPropertyName("qk_norm")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool QkNorm { get; init; }

    /// <summary>How the rotary embedding is changed for texts longer than those of the training. Default null: not at all.</summary>
    [JsonPropertyName("rope_scaling")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>
    /// How many tokens a token attends over, itself and those right before it (sliding window; Beltagy et al., 2020). Default null: all.
    /// </summary>
    [JsonPropertyName("window")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Window { get; init; }

    /// <summary>
    /// How many layers from the first on attend over all tokens in spite of <see cref="Window"/>, as Qwen's max_window_layers.
    /// Default 0.
    /// </summary>
    [JsonPropertyName("layers_without_window")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LayersWithoutWindow { get; init; }

    /// <summary>
    /// Which layers attend over a window: a letter for each from the first on, repeated as often as it takes, S for the
    /// <see cref="Window"/> and L for all tokens, such as SSSL (Brown et al., 2020; Gemma 2, 2024). Default null: all but
    /// <see cref="LayersWithoutWindow"/>.
    /// </summary>
    [JsonPropertyName("window_pattern")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WindowPattern { get; init; }

    /// <summary>Where the blocks normalise. Default <see cref="NormPlacement.Pre"/>.</summary>
    [JsonPropertyName("norm")]
    public NormPlacement Norm { get; init; }

    /// <summary>How the model learns where a token stands. Default <see cref="PositionEncoding.Rope"/>.</summary>
    [JsonPropertyName("position")]
    public PositionEncoding Position { get; init; }

    /// <summary>Which feed-forward network the blocks have. Default <see cref="FeedForwardKind.SwiGlu"/>.</summary>
    [JsonPropertyName("ffn")]
    public FeedForwardKind FeedForward { get; init; }

    /// <summary>
    /// Whether the head uses the embedding's matrix, so that there is no <c>lm_head.weight</c> (Press and Wolf, 2017). Default false.
    /// </summary>
    [JsonPropertyName("tied_embeddings")]
    public bool TiedEmbeddings { get; init; }

    /// <summary>ε of RMSNorm, which keeps the division sound for an input of zeros. Default 1e-5.</summary>
    [JsonPropertyName("eps")]
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Determines the initial weights, the same on every device. Default 0.</summary>
    [JsonPropertyName("init_seed")]
    public long InitSeed { get; init; }

    /// <summary>
    /// Whether the matrices that write to the residual stream, attention's output projection and the feed-forward network's W₂, are zeros
    /// at first in place of random numbers, so that every block begins as the identity (as in Fixup; Zhang et al., 2019). All other
    /// weights are those that the seed gives without it. Default false; says nothing of a model that has been trained.
    /// </summary>
    [JsonPropertyName("zero_init_outputs")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ZeroInitOutputs { get; init; }

    /// <summary>
    /// c of the soft cap c · tanh(z / c) that logits z go through, in training too, so that none leaves (-c, c) (Gemma 2, 2024).
    /// Default null: none; 15 to 30 is usual.
    /// </summary>
    [JsonPropertyName("logit_soft_cap")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LogitSoftCap { get; init; }

    /// <summary>
    /// What the tokens' vectors are multiplied by before the first block, such as √d_model (Vaswani et al., 2017; Gemma, 2024); a head that
    /// is tied to them takes them as they are. Default null: nothing.
    /// </summary>
    [JsonPropertyName("embedding_scale")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? EmbeddingScale { get; init; }

    /// <summary>
    /// Whether every second layer, the last among them, adds to its values a second embedding of the token, by a gate that depends on its
    /// input x: v ← v + 2σ(W_g x) ⊙ e[token], with a table e of its own, (vocab_size, num_kv_heads · head_size), and a gate for each head
    /// of keys, W_g (num_kv_heads, d_model), which begins at 2σ(0) = 1 (value residual learning, Zhou et al., 2024, as modded-nanogpt and
    /// nanochat have it). Default false.
    /// </summary>
    [JsonPropertyName("value_embeddings")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ValueEmbeddings { get; init; }

    /// <summary>
    /// Whether the last half of the layers sees what the first half made, as in a U-Net: before layer L - 1 - j, x ← x + λ s, where s is
    /// what layer j ended with and λ one learned number a layer, 1 at first (modded-nanogpt, 2024, after Ronneberger et al., 2015). A
    /// middle layer has none. Default false.
    /// </summary>
    [JsonPropertyName("unet_skips")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool UNetSkips { get; init; }

    /// <summary>Width of one attention head: <see cref="HeadDim"/>, or d_model / num_heads where that is null.</summary>
    [JsonIgnore]
    public int HeadSize => HeadDim ?? DModel / NumHeads;

    /// <summary>Width of all query heads side by side: <see cref="DModel"/>, unless there is a <see cref="HeadDim"/>.</summary>
    [JsonIgnore]
    public int QueryWidth => HeadDim is int size ? NumHeads * size : DModel;

    /// <summary>Number of key and value heads: <see cref="NumKvHeads"/>, or <see cref="NumHeads"/> where that is null.</summary>
    [JsonIgnore]
    public int KeyValueHeads => NumKvHeads ?? NumHeads;

    /// <summary>How many tokens a token of a layer attends over at most; null for all.</summary>
    /// <param name="layer">The layer's number, from 0.</param>
    public int? WindowOf(int layer) =>
        layer < LayersWithoutWindow || (WindowPattern is string pattern && pattern[layer % pattern.Length] == LongLayer) ? null : Window;

    /// <summary>
    /// Whether a layer has an embedding of values: with <see cref="ValueEmbeddings"/> every second, counted from the last.
    /// </summary>
    /// <param name="layer">The layer's number, from 0.</param>
    public bool HasValueEmbeddings(int layer) => ValueEmbeddings && (NumLayers - 1 - layer) % 2 == 0;

    /// <summary>
    /// The layer whose output is added to a layer's input, with <see cref="UNetSkips"/>: the last layer sees the first, the one before it
    /// the second, and so on through the last half. Null where nothing is added.
    /// </summary>
    /// <param name="layer">The layer's number, from 0.</param>
    public int? SkipOf(int layer) => UNetSkips && layer >= NumLayers - (NumLayers / 2) ? NumLayers - 1 - layer : null;
}
