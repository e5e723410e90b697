using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// The shape of a decoder-only Transformer language model. Its JSON carries the names that Stanford's CS336 uses:
/// <c>vocab_size context_length d_model num_layers num_heads d_ff rope_theta</c>.
/// </summary>
public sealed record TransformerConfig
{
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

    /// <summary>Number of attention heads; divides <see cref="DModel"/> into heads of an even size.</summary>
    [JsonPropertyName("num_heads")]
    public required int NumHeads { get; init; }

    /// <summary>Inner width of the SwiGLU feed-forward network; about 8/3 · d_model keeps the parameter count of a 4 · d_model network with two matrices.</summary>
    [JsonPropertyName("d_ff")]
    public required int DFf { get; init; }

    /// <summary>Base Θ of the rotary position embedding (Su et al., 2021). Default 10,000.</summary>
    [JsonPropertyName("rope_theta")]
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Width of one attention head, d_model / num_heads.</summary>
    [JsonIgnore]
    public int HeadSize => DModel / NumHeads;

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
        if (DModel > 0 && NumHeads > 0)
        {
            if (DModel % NumHeads != 0)
                problems.Add($"d_model is {DModel}, which num_heads {NumHeads} does not divide: choose a multiple of {NumHeads}.");
            else if (HeadSize % 2 != 0)
                problems.Add($"d_model / num_heads is {HeadSize}, but rotary embeddings turn pairs and need an even head size: change d_model {DModel} or num_heads {NumHeads}.");
        }
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
    /// <exception cref="InvalidDataException">The file is malformed, or the configuration it holds is not sound.</exception>
    public static TransformerConfig Load(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>The configuration as indented JSON with the course's names.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, TransformerConfigJson.Default.TransformerConfig);

    private static TransformerConfig Parse(string json, string source)
    {
        TransformerConfig config;
        try
        {
            config = JsonSerializer.Deserialize(json, TransformerConfigJson.Default.TransformerConfig)
                ?? throw new InvalidDataException($"{source} is JSON null; expected an object with vocab_size, d_model and so on.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source} is not a model configuration: {exception.Message}", exception);
        }
        IReadOnlyList<string> problems = config.FindProblems();
        if (problems.Count > 0) throw new InvalidDataException($"{source} is not sound: {string.Join(" ", problems)}");
        return config;
    }

    private static void RequirePositive(List<string> problems, string name, int value)
    {
        if (value <= 0) problems.Add($"{name} is {value}, but must be at least 1.");
    }
}
