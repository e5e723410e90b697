using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cs336.Json;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// The shape of a decoder-only Transformer language model. Its JSON carries the names that Stanford's CS336 uses:
/// <c>vocab_size context_length d_model num_layers num_heads d_ff rope_theta</c>; the choices that it compares in ablations are
/// <c>norm position ffn</c>, and <c>num_kv_heads tied_embeddings eps init_seed</c> complete them. What models of others have besides is
/// <c>head_dim qkv_biases qk_norm rope_scaling window layers_without_window</c>. What is left out has its default.
/// </summary>
public sealed record TransformerConfig
{
    private const int MaxFileBytes = 1 << 20;

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
    public int? WindowOf(int layer) => layer < LayersWithoutWindow ? null : Window;

    /// <summary>Everything that is wrong with the configuration, one sentence each; empty where it is sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        RequirePositive(problems, "vocab_size", VocabSize);
        RequirePositive(problems, "context_length", ContextLength);
        RequirePositive(problems, "d_model", DModel);
        RequirePositive(problems, "num_layers", NumLayers);
        RequirePositive(problems, "num_heads", NumHeads);
        RequirePositive(problems, "d_ff", DFf);
        if (!double.IsFinite(RopeTheta) || RopeTheta <= 0)
            problems.Add($"rope_theta is {RopeTheta}, but must be a finite number above 0: 10000 is usual.");
        AddHeadProblems(problems);
        if (NumKvHeads is int groups)
        {
            RequirePositive(problems, "num_kv_heads", groups);
            if (groups > 0 && NumHeads > 0 && NumHeads % groups != 0)
                problems.Add(
                    $"num_kv_heads is {groups}, which does not divide num_heads {NumHeads}: "
                    + "every key head serves equally many query heads.");
        }
        if (!double.IsFinite(Epsilon) || Epsilon <= 0)
            problems.Add($"eps is {Epsilon}, but must be a finite number above 0: 1e-5 is usual.");
        RequireDefined(problems, "norm", Norm);
        RequireDefined(problems, "position", Position);
        RequireDefined(problems, "ffn", FeedForward);
        AddPositionProblems(problems);
        return problems;
    }

    /// <summary>Checks the configuration.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message lists every problem at once.</exception>
    public void Validate()
    {
        IReadOnlyList<string> problems = FindProblems();
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>Reads a configuration from JSON and checks it.</summary>
    /// <param name="json">A JSON object with the course's names; unknown, missing or doubled keys are refused.</param>
    /// <exception cref="InvalidDataException">The JSON is malformed, or the configuration it holds is not sound.</exception>
    public static TransformerConfig Parse(string json) => Parse(json, "the configuration");

    /// <summary>Reads a configuration file and checks it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or larger than a megabyte, or the configuration it holds is not
    /// sound.</exception>
    public static TransformerConfig Load(string path)
    {
        using FileStream file = FileOperations.OpenRead(path);
        if (file.Length > MaxFileBytes)
            throw new InvalidDataException(
                $"{path} has {file.Length} bytes, but a model configuration has at most {MaxFileBytes}: is it another kind of file?");
        using StreamReader reader = new(file);
        return Parse(reader.ReadToEnd(), path);
    }

    /// <summary>The configuration as indented JSON with the course's names.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, TransformerConfigJson.Default.TransformerConfig);

    private static TransformerConfig Parse(string json, string source)
    {
        json = JsonText.WithoutByteOrderMark(json);
        TransformerConfig config;
        try
        {
            config = WithDefaults(JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }))
                ?.Deserialize(TransformerConfigJson.Default.TransformerConfig)
                ?? throw new InvalidDataException($"{source} is JSON null; expected an object with vocab_size, d_model and so on.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source} is not a model configuration: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // Thrown for a string that is not valid text.
            string place = JsonText.FindBroken(Encoding.UTF8.GetBytes(json)) is string found ? $"a string at {found}" : "the text";
            throw new InvalidDataException($"{source} is not a model configuration: {place} holds half a surrogate pair.", exception);
        }
        IReadOnlyList<string> problems = config.FindProblems();
        if (problems.Count > 0) throw new InvalidDataException($"{source} is not sound: {string.Join(" ", problems)}");
        return config;
    }

    /// <summary>Adds the defaults that are not zero: source-generated JSON ignores the initial values of init-only properties.</summary>
    private static JsonNode? WithDefaults(JsonNode? json)
    {
        if (json is JsonObject values)
        {
            values.TryAdd("rope_theta", 10_000.0);
            values.TryAdd("eps", 1e-5);
        }
        return json;
    }

    private void AddHeadProblems(List<string> problems)
    {
        if (HeadDim is int size)
        {
            RequirePositive(problems, "head_dim", size);
            if (size > 0 && NumHeads > 0 && (long)size * NumHeads > int.MaxValue)
                problems.Add($"head_dim is {size}, which times num_heads {NumHeads} is more than {int.MaxValue}.");
            if (Position == PositionEncoding.Rope && size % 2 != 0)
                problems.Add($"head_dim is {size}, but rotary embeddings turn pairs and need an even head size.");
        }
        else if (DModel > 0 && NumHeads > 0)
        {
            if (DModel % NumHeads != 0)
                problems.Add($"d_model is {DModel}, which num_heads {NumHeads} does not divide: choose a multiple of {NumHeads}.");
            else if (Position == PositionEncoding.Rope && HeadSize % 2 != 0)
                problems.Add(
                    $"d_model / num_heads is {HeadSize}, but rotary embeddings turn pairs and need an even head size: "
                    + $"change d_model {DModel} or num_heads {NumHeads}.");
        }
    }

    private void AddPositionProblems(List<string> problems)
    {
        if (RopeScaling is not null)
        {
            RopeScaling.AddProblems(problems);
            if (Position != PositionEncoding.Rope)
                problems.Add("rope_scaling is there, but position is none: there is nothing to scale.");
            if (RopeScaling.Kind == RopeScalingKind.Yarn && RopeTheta == 1)
                problems.Add("rope_theta is 1, with which all pairs turn alike: yarn cannot tell them apart.");
        }
        if (Window is int window) RequirePositive(problems, "window", window);
        if (LayersWithoutWindow < 0 || LayersWithoutWindow > Math.Max(0, NumLayers))
            problems.Add($"layers_without_window is {LayersWithoutWindow}, but must be from 0 to num_layers {NumLayers}.");
        else if (LayersWithoutWindow > 0 && Window is null)
            problems.Add($"layers_without_window is {LayersWithoutWindow}, but there is no window.");
    }

    private static void RequirePositive(List<string> problems, string name, int value)
    {
        if (value <= 0) problems.Add($"{name} is {value}, but must be at least 1.");
    }

    private static void RequireDefined<T>(List<string> problems, string name, T value) where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) problems.Add($"{name} is {value}, but must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
