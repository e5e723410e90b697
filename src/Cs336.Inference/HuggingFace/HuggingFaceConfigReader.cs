using System.Text.Json;
using Cs336.Json;
using static Cs336.Inference.HuggingFaceConfigValues;

namespace Cs336.Inference;

/// <summary>
/// Reads the <c>config.json</c> of a model of LLaMA's family: LLaMA, Mistral, Qwen 2 and 3. What this library would compute otherwise is
/// refused; keys that matter for training alone, or tell how the file was made, are passed over.
/// </summary>
internal sealed class HuggingFaceConfigReader
{
    private const int MaxFileBytes = 1 << 20, DefaultWindow = 4096;
    private const double DefaultEpsilon = 1e-6; // of all these architectures, for what a file leaves out

    /// <summary>Switches that must be off: for other biases and norms, and for code of the model's own.</summary>
    private static readonly string[] Off =
    [
        "attention_bias", "mlp_bias", "use_qk_norm", "qk_norm", "qk_layernorm", "use_mrope", "rope_interleaved", "quantization_config",
        "auto_map",
    ];

    private readonly ProblemList _problems = new();
    private readonly HuggingFaceConfigValues _values;

    private HuggingFaceConfigReader(JsonElement root) => _values = new HuggingFaceConfigValues(root, _problems);

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
        byte[] json = SmallFile.ReadJson(path, MaxFileBytes, "a model configuration");
        try
        {
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
        int width = _values.Count("hidden_size"), heads = _values.Count("num_attention_heads");
        int groups = _values.Count("num_key_value_heads", architecture.KeyValueHeads ?? heads);
        int layers = _values.Count("num_hidden_layers"), context = _values.Count("max_position_embeddings", architecture.ContextLength);
        int? size = _values.Find("head_dim") is not null ? _values.Count("head_dim")
            : _values.HasKey("head_dim") ? null : architecture.HeadDim;
        if (size is null && width > 0 && heads > 0 && width % heads != 0)
            _problems.Add($"hidden_size is {width}, which num_attention_heads {heads} does not divide");
        if (groups > 0 && heads > 0 && heads % groups != 0)
            _problems.Add($"num_key_value_heads is {groups}, which does not divide num_attention_heads {heads}");
        (double theta, RopeScaling? scaling) = new HuggingFaceRopeReader(_values, _problems).Read(context);
        (int? window, int without) = ReadWindow(architecture, layers);
        return new TransformerConfig
        {
            VocabSize = _values.Count("vocab_size"),
            ContextLength = context,
            DModel = width,
            NumLayers = layers,
            NumHeads = heads,
            NumKvHeads = groups == heads ? null : groups,
            HeadDim = (long)(size ?? 0) * heads == width ? null : size,
            DFf = _values.Count("intermediate_size"),
            RopeTheta = theta,
            RopeScaling = scaling,
            QkvBiases = architecture == HuggingFaceArchitecture.Qwen2,
            QkNorm = architecture == HuggingFaceArchitecture.Qwen3,
            Window = window,
            LayersWithoutWindow = without,
            TiedEmbeddings = _values.Switch("tie_word_embeddings"),
            Epsilon = _values.Find("rms_norm_eps") is { } epsilon ? _values.Real("rms_norm_eps", epsilon) : DefaultEpsilon,
        };
    }

    private HuggingFaceArchitecture ReadArchitecture()
    {
        IReadOnlyList<HuggingFaceArchitecture> all = HuggingFaceArchitecture.All;
        HuggingFaceArchitecture? found = all.FirstOrDefault(known => IsText(_values.Find("model_type"), known.ModelType));
        if (found is null)
            _problems.Add($"model_type is {Show(_values.Find("model_type"))}, but only "
                + $"{string.Join(", ", all.Select(known => $"\"{known.ModelType}\""))} are supported");
        HuggingFaceArchitecture architecture = found ?? HuggingFaceArchitecture.Llama;
        if (_values.Find("architectures") is { } names
            && !(names.ValueKind == JsonValueKind.Array && names.GetArrayLength() == 1 && IsText(names[0], architecture.ClassName)))
            _problems.Add($"architectures is {Show(names)}, but only [\"{architecture.ClassName}\"] is supported");
        if (_values.Find("hidden_act") is { } activation && !IsText(activation, "silu"))
            _problems.Add($"hidden_act is {Show(activation)}, but only \"silu\" is supported");
        foreach (string name in Off)
            if (_values.Find(name) is { ValueKind: not JsonValueKind.False } value)
                _problems.Add($"{name} is {Show(value)}, which is not supported");
        _values.RequireWholeRotation();
        return architecture;
    }

    /// <summary>
    /// How many tokens one attends over, and how many layers in front have no such bound: Mistral's are all alike, Qwen has a switch and a
    /// number of layers, and <c>layer_types</c> names each layer's kind where it is there.
    /// </summary>
    private (int? Window, int Without) ReadWindow(HuggingFaceArchitecture architecture, int layers)
    {
        bool isOn = architecture == HuggingFaceArchitecture.Mistral || (architecture.IsQwen && _values.Switch("use_sliding_window"));
        if (architecture == HuggingFaceArchitecture.Llama)
            foreach (string name in (string[])["sliding_window", "use_sliding_window"])
                if (_values.Find(name) is { ValueKind: not JsonValueKind.False } value)
                    _problems.Add($"{name} is {Show(value)}, but LLaMA has no window");
        int? window = !isOn || (_values.HasKey("sliding_window") && _values.Find("sliding_window") is null) ? null
            : _values.Count("sliding_window", DefaultWindow);
        int without = architecture.IsQwen && window is not null ? _values.Count("max_window_layers", 28, min: 0) : 0;
        if (_values.Find("layer_types") is { } types) without = CountFull(types, layers, window) ?? without;
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
}
