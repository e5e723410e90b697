using System.Text.Json;
using Cs336.Json;

namespace Cs336.Inference;

/// <summary>
/// Reads the <c>config.json</c> of a model of LLaMA's family: LLaMA, Mistral, Qwen 2 and 3. What would make another
/// computation of it than ours is refused; keys that only training or the file's history know are passed over.
/// </summary>
internal sealed class HuggingFaceConfigReader
{
    private const int MaxFileBytes = 1 << 20, DefaultWindow = 4096;
    private const double DefaultEpsilon = 1e-6, DefaultTheta = 10_000; // of all these architectures, for what a file leaves out

    /// <summary>Switches that no model has on which can be read: other biases and norms, code of its own.</summary>
    private static readonly string[] Off =
    [
        "attention_bias", "mlp_bias", "use_qk_norm", "qk_norm", "qk_layernorm", "use_mrope", "rope_interleaved", "quantization_config",
        "auto_map",
    ];

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
        HuggingFaceArchitecture architecture = ReadArchitecture();
        int width = Count("hidden_size"), heads = Count("num_attention_heads");
        int groups = Count("num_key_value_heads", architecture.KeyValueHeads ?? heads);
        int layers = Count("num_hidden_layers"), context = Count("max_position_embeddings", architecture.ContextLength);
        int? size = Find("head_dim") is null ? (_root.TryGetProperty("head_dim", out _) ? null : architecture.HeadDim) : Count("head_dim");
        if (size is null && width > 0 && heads > 0 && width % heads != 0)
            _problems.Add($"hidden_size is {width}, which num_attention_heads {heads} does not divide");
        if (groups > 0 && heads > 0 && heads % groups != 0)
            _problems.Add($"num_key_value_heads is {groups}, which does not divide num_attention_heads {heads}");
        (double theta, RopeScaling? scaling) = ReadRope(context);
        (int? window, int without) = ReadWindow(architecture, layers);
        return new TransformerConfig
        {
            VocabSize = Count("vocab_size"),
            ContextLength = context,
            DModel = width,
            NumLayers = layers,
            NumHeads = heads,
            NumKvHeads = groups == heads ? null : groups,
            HeadDim = (long)(size ?? 0) * heads == width ? null : size,
            DFf = Count("intermediate_size"),
            RopeTheta = theta,
            RopeScaling = scaling,
            QkvBiases = architecture == HuggingFaceArchitecture.Qwen2,
            QkNorm = architecture == HuggingFaceArchitecture.Qwen3,
            Window = window,
            LayersWithoutWindow = without,
            TiedEmbeddings = Switch("tie_word_embeddings"),
            Epsilon = Find("rms_norm_eps") is { } epsilon ? Real("rms_norm_eps", epsilon) : DefaultEpsilon,
        };
    }

    private HuggingFaceArchitecture ReadArchitecture()
    {
        IReadOnlyList<HuggingFaceArchitecture> all = HuggingFaceArchitecture.All;
        HuggingFaceArchitecture? found = all.FirstOrDefault(known => IsText(Find("model_type"), known.ModelType));
        if (found is null)
            _problems.Add($"model_type is {Show(Find("model_type"))}, but only "
                + $"{string.Join(", ", all.Select(known => $"\"{known.ModelType}\""))} are supported");
        HuggingFaceArchitecture architecture = found ?? HuggingFaceArchitecture.Llama;
        if (Find("architectures") is { } names
            && !(names.ValueKind == JsonValueKind.Array && names.GetArrayLength() == 1 && IsText(names[0], architecture.ClassName)))
            _problems.Add($"architectures is {Show(names)}, but only [\"{architecture.ClassName}\"] is supported");
        if (Find("hidden_act") is { } activation && !IsText(activation, "silu"))
            _problems.Add($"hidden_act is {Show(activation)}, but only \"silu\" is supported");
        foreach (string name in Off)
            if (Find(name) is { ValueKind: not JsonValueKind.False } value)
                _problems.Add($"{name} is {Show(value)}, which is not supported");
        CheckFactor(_root);
        return architecture;
    }

    /// <summary>
    /// How many tokens one attends over, and how many layers in front have no such bound: Mistral's are all alike, Qwen has a switch and a
    /// number of layers, and <c>layer_types</c> names each layer's kind where it is there.
    /// </summary>
    private (int? Window, int Without) ReadWindow(HuggingFaceArchitecture architecture, int layers)
    {
        bool isOn = architecture == HuggingFaceArchitecture.Mistral || (architecture.IsQwen && Switch("use_sliding_window"));
        if (architecture == HuggingFaceArchitecture.Llama)
            foreach (string name in (string[])["sliding_window", "use_sliding_window"])
                if (Find(name) is { ValueKind: not JsonValueKind.False } value)
                    _problems.Add($"{name} is {Show(value)}, but LLaMA has no window");
        int? window = !isOn || (_root.TryGetProperty("sliding_window", out _) && Find("sliding_window") is null) ? null
            : Count("sliding_window", DefaultWindow);
        int without = architecture.IsQwen && window is not null ? Count("max_window_layers", 28, least: 0) : 0;
        if (Find("layer_types") is { } types) without = CountFull(types, layers, window) ?? without;
        return window is null || without >= layers ? (null, 0) : (window, without);
    }

    /// <summary>How many layers without a window come before those with one; null where the types say something else.</summary>
    private int? CountFull(JsonElement types, int layers, int? window)
    {
        if (types.ValueKind == JsonValueKind.Array && (types.GetArrayLength() == layers || layers == 0))
        {
            JsonElement[] all = [.. types.EnumerateArray()];
            int full = all.TakeWhile(type => IsText(type, "full_attention")).Count();
            if (full == all.Length || (window is not null && all.Skip(full).All(type => IsText(type, "sliding_attention")))) return full;
        }
        _problems.Add($"layer_types is {Show(types)}, but only \"full_attention\" for the first layers and, where there is a window, "
            + "\"sliding_attention\" for all others are supported");
        return null;
    }

    /// <summary>The base of the rotary embedding and its scaling, under their old keys or the new one.</summary>
    private (double Theta, RopeScaling? Scaling) ReadRope(int context)
    {
        double? theta = Find("rope_theta") is { } old ? Real("rope_theta", old) : null;
        List<(string Name, RopeScaling? Scaling)> found = [];
        foreach (string name in (string[])["rope_parameters", "rope_scaling"])
        {
            if (Find(name) is not { } value) continue;
            if (value.ValueKind != JsonValueKind.Object)
            {
                _problems.Add($"{name} is {Show(value)}, but must be an object");
                continue;
            }
            CheckFactor(value);
            found.Add((name, ReadScaling(name, value, context)));
            if (!value.TryGetProperty("rope_theta", out JsonElement element)) continue;
            double inner = Real($"{name}.rope_theta", element);
            if (theta is double outer && outer != inner) _problems.Add($"{name}.rope_theta is {inner}, but rope_theta is {outer}");
            theta ??= inner;
        }
        if (found.Count == 2 && found[0].Scaling != found[1].Scaling)
            _problems.Add($"{found[0].Name} and {found[1].Name} scale positions in different ways");
        return (theta ?? DefaultTheta, found.Count == 0 ? null : found[0].Scaling);
    }

    private RopeScaling? ReadScaling(string name, JsonElement values, int context)
    {
        JsonElement? type = null;
        foreach (string key in (string[])[HuggingFaceRope.OldType, HuggingFaceRope.Type])
            if (values.TryGetProperty(key, out JsonElement value)) type = value;
        bool isPlain = type is null || IsText(type, "default");
        RopeScalingKind? kind = IsText(type, "linear") ? RopeScalingKind.Linear : IsText(type, "llama3") ? RopeScalingKind.Llama3
            : IsText(type, "yarn") ? RopeScalingKind.Yarn : null;
        if (!isPlain && kind is null)
        {
            _problems.Add($"{name}.{HuggingFaceRope.Type} is {Show(type)}, but only default, linear, llama3 and yarn are supported");
            return null;
        }
        foreach (JsonProperty property in values.EnumerateObject())
        {
            if (property.Name is HuggingFaceRope.Type or HuggingFaceRope.OldType or "rope_theta" or "partial_rotary_factor") continue;
            bool isKnown = kind is { } one && HuggingFaceRope.Has(one, property.Name)
                && !(property.Name == "truncate" && property.Value.ValueKind != JsonValueKind.True);
            if (!isKnown)
                _problems.Add($"{name}.{SafetensorsEntry.Cut(property.Name)} is {Show(property.Value)}, which is not supported");
        }
        return kind is not { } scaled ? null : HuggingFaceRope.Make(
            scaled, context,
            key => Inside(key) is { } value ? Real($"{name}.{key}", value) : null,
            key => Inside(key) is { } value ? Whole($"{name}.{key}", value, 1) : null);

        JsonElement? Inside(string key) =>
            values.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private void CheckFactor(JsonElement parent)
    {
        if (parent.TryGetProperty("partial_rotary_factor", out JsonElement factor) && factor.ValueKind != JsonValueKind.Null
            && !(factor.ValueKind == JsonValueKind.Number && factor.TryGetDouble(out double part) && part == 1))
            _problems.Add($"partial_rotary_factor is {Show(factor)}, but only 1 is supported");
    }

    private int Count(string name, int? instead = null, int least = 1)
    {
        if (Find(name) is { } value) return Whole(name, value, least);
        if (instead is null) _problems.Add($"{name} is missing");
        return instead ?? 0;
    }

    private int Whole(string name, JsonElement value, int least)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= least) return count;
        _problems.Add($"{name} is {Show(value)}, but must be a whole number from {least} to {int.MaxValue}");
        return 0;
    }

    private double Real(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number))
            return number;
        _problems.Add($"{name} is {Show(value)}, but must be a finite number above 0");
        return 1;
    }

    private bool Switch(string name)
    {
        if (Find(name) is not { } value) return false;
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
        string text = string.Join(' ', element.GetRawText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); // in one line
        return text.Length <= MaxShown ? text : $"{text.AsSpan(0, MaxShown)}…";
    }
}
