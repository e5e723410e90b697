using System.Text.Json;
using Cs336.Json;

namespace Cs336.Inference;

/// <summary>
/// Reads the <c>config.json</c> of a LLaMA model. What would make another computation of it than ours is refused; keys that only
/// training or the file's history know are passed over.
/// </summary>
internal sealed class HuggingFaceConfigReader
{
    private const int MaxFileBytes = 1 << 20, DefaultContext = 2048;
    private const double DefaultEpsilon = 1e-6, DefaultTheta = 10_000; // of LlamaConfig, for what a file leaves out

    /// <summary>Switches that a LLaMA model does not have on: biases, norms of queries and keys, code of its own.</summary>
    private static readonly string[] Off =
        ["attention_bias", "mlp_bias", "use_qk_norm", "qk_norm", "qk_layernorm", "use_sliding_window", "quantization_config", "auto_map"];

    private readonly JsonElement _root;
    private readonly ProblemList _problems = new();

    private HuggingFaceConfigReader(JsonElement root) => _root = root;

    /// <summary>Whether a file is such a configuration, of any architecture; false also where it is none at all.</summary>
    public static bool IsOne(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(SmallFile.Read(path, MaxFileBytes, "a configuration"));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("model_type", out _);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or IOException or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is malformed, or describes what is not supported; all of it is told at once.</exception>
    public static TransformerConfig Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no {path}: expected the folder of a model of transformers.", path);
        byte[] json = SmallFile.Read(path, MaxFileBytes, "a model configuration");
        try
        {
            if (JsonText.FindBroken(json) is string place)
                throw new InvalidDataException($"{path} holds half a surrogate pair or bad UTF-8 in a string at {place}.");
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path} holds no JSON object.");
            HuggingFaceConfigReader reader = new(document.RootElement);
            TransformerConfig config = reader.Read();
            if (reader._problems.Count == 0)
                foreach (string problem in config.FindProblems()) reader._problems.Add(problem);
            return reader._problems.Count == 0 ? config
                : throw new InvalidDataException($"{path} is no model that can be read here: {reader._problems}");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not JSON: {JsonMessage.Of(exception)}", exception);
        }
    }

    private TransformerConfig Read()
    {
        CheckArchitecture();
        int width = Count("hidden_size"), heads = Count("num_attention_heads"), groups = Count("num_key_value_heads", heads);
        if (width > 0 && heads > 0 && width % heads != 0)
            _problems.Add($"hidden_size is {width}, which num_attention_heads {heads} does not divide");
        if (groups > 0 && heads > 0 && heads % groups != 0)
            _problems.Add($"num_key_value_heads is {groups}, which does not divide num_attention_heads {heads}");
        if (width > 0 && heads > 0 && Find("head_dim") is { } size && !(size.ValueKind == JsonValueKind.Number
            && size.TryGetInt32(out int dimension) && (long)dimension * heads == width))
            _problems.Add($"head_dim is {Show(size)}, but only hidden_size / num_attention_heads is supported");
        return new TransformerConfig
        {
            VocabSize = Count("vocab_size"),
            ContextLength = Count("max_position_embeddings", DefaultContext),
            DModel = width,
            NumLayers = Count("num_hidden_layers"),
            NumHeads = heads,
            NumKvHeads = groups == heads ? null : groups,
            DFf = Count("intermediate_size"),
            RopeTheta = ReadTheta(),
            TiedEmbeddings = Find("tie_word_embeddings") is { } tied && Switch("tie_word_embeddings", tied),
            Epsilon = Find("rms_norm_eps") is { } epsilon ? Real("rms_norm_eps", epsilon) : DefaultEpsilon,
        };
    }

    private void CheckArchitecture()
    {
        if (!IsText(Find("model_type"), "llama"))
            _problems.Add($"model_type is {Show(Find("model_type"))}, but only \"llama\" is supported");
        if (Find("architectures") is { } names
            && !(names.ValueKind == JsonValueKind.Array && names.GetArrayLength() == 1 && IsText(names[0], "LlamaForCausalLM")))
            _problems.Add($"architectures is {Show(names)}, but only [\"LlamaForCausalLM\"] is supported");
        if (Find("hidden_act") is { } activation && !IsText(activation, "silu"))
            _problems.Add($"hidden_act is {Show(activation)}, but only \"silu\" is supported");
        foreach (string name in Off)
            if (Find(name) is { ValueKind: not JsonValueKind.False } value)
                _problems.Add($"{name} is {Show(value)}, which is not supported");
        if (Find("sliding_window") is { } window) _problems.Add($"sliding_window is {Show(window)}, but no window is supported");
        if (Find("layer_types") is { } types && !(types.ValueKind == JsonValueKind.Array
            && types.EnumerateArray().All(type => IsText(type, "full_attention"))))
            _problems.Add($"layer_types is {Show(types)}, but only \"full_attention\" is supported");
        CheckFactor(_root);
    }

    /// <summary>The base of the rotary embedding, under its old key or the new one; scaling it is another computation.</summary>
    private double ReadTheta()
    {
        double? theta = Find("rope_theta") is { } old ? Real("rope_theta", old) : null;
        foreach (string name in (string[])["rope_parameters", "rope_scaling"])
        {
            if (Find(name) is not { } value) continue;
            if (value.ValueKind != JsonValueKind.Object)
            {
                _problems.Add($"{name} is {Show(value)}, but must be an object");
                continue;
            }
            CheckFactor(value);
            foreach (JsonProperty property in value.EnumerateObject())
            {
                if (property.Name is "rope_type" or "type" && !IsText(property.Value, "default"))
                    _problems.Add($"{name}.{property.Name} is {Show(property.Value)}: scaled positions are not supported");
                else if (property.Name == "rope_theta" && Real($"{name}.rope_theta", property.Value) is double inner)
                {
                    if (theta is double outer && outer != inner)
                        _problems.Add($"{name}.rope_theta is {inner}, but rope_theta is {outer}");
                    theta ??= inner;
                }
                else if (property.Name is not ("rope_type" or "type" or "partial_rotary_factor"))
                    _problems.Add($"{name}.{SafetensorsEntry.Cut(property.Name)} is {Show(property.Value)}, which is not supported");
            }
        }
        return theta ?? DefaultTheta;
    }

    private void CheckFactor(JsonElement parent)
    {
        if (parent.TryGetProperty("partial_rotary_factor", out JsonElement factor) && factor.ValueKind != JsonValueKind.Null
            && !(factor.ValueKind == JsonValueKind.Number && factor.TryGetDouble(out double part) && part == 1))
            _problems.Add($"partial_rotary_factor is {Show(factor)}, but only 1 is supported");
    }

    private int Count(string name, int? instead = null)
    {
        if (Find(name) is not { } value)
        {
            if (instead is null) _problems.Add($"{name} is missing");
            return instead ?? 0;
        }
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count > 0) return count;
        _problems.Add($"{name} is {Show(value)}, but must be a whole number from 1 to {int.MaxValue}");
        return 0;
    }

    private double Real(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number))
            return number;
        _problems.Add($"{name} is {Show(value)}, but must be a finite number above 0");
        return 1;
    }

    private bool Switch(string name, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            _problems.Add($"{name} is {Show(value)}, but must be true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>A key's value; null where the file has no such key, or null there.</summary>
    private JsonElement? Find(string name) =>
        _root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool IsText(JsonElement? value, string text) =>
        value is { ValueKind: JsonValueKind.String } element && element.ValueEquals(text);

    private static string Show(JsonElement? value)
    {
        const int MaxShown = 80;
        if (value is not { } element) return "missing";
        string text = element.GetRawText();
        return text.Length <= MaxShown ? text : $"{text.AsSpan(0, MaxShown)}…";
    }
}
