using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cs336.Inference;

/// <summary>
/// Writes the JSON files of a model of LLaMA's family, with every value that transformers would otherwise fill in by itself.
/// </summary>
internal static class HuggingFaceConfigWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <c>config.json</c>.</summary>
    public static void WriteConfig(TransformerConfig config, SafetensorsType type, TextEnds ends, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, Options);
        string typeName = type switch
        {
            SafetensorsType.F16 => "float16",
            SafetensorsType.BF16 => "bfloat16",
            _ => "float32",
        };
        HuggingFaceArchitecture architecture = HuggingFaceArchitecture.Of(config);
        bool isLlama = architecture == HuggingFaceArchitecture.Llama;
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(architecture.ClassName);
        json.WriteEndArray();
        json.WriteString("model_type", architecture.ModelType);
        json.WriteNumber("vocab_size", config.VocabSize);
        json.WriteNumber("hidden_size", config.DModel);
        json.WriteNumber("intermediate_size", config.DFf);
        json.WriteNumber("num_hidden_layers", config.NumLayers);
        json.WriteNumber("num_attention_heads", config.NumHeads);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        json.WriteString("hidden_act", "silu");
        WriteReal(json, "rms_norm_eps", config.Epsilon);
        WriteRope(json, config);
        if (isLlama || architecture == HuggingFaceArchitecture.Qwen3) json.WriteBoolean("attention_bias", false);
        WriteReal(json, "attention_dropout", 0);
        if (isLlama) json.WriteBoolean("mlp_bias", false);
        else WriteWindow(json, config, architecture);
        json.WriteBoolean("tie_word_embeddings", config.TiedEmbeddings);
        WriteReal(json, "initializer_range", 0.02);
        if (isLlama) json.WriteNumber("pretraining_tp", 1);
        json.WriteBoolean("use_cache", true);
        WriteId(json, "bos_token_id", ends.Begin?.Id);
        WriteId(json, "eos_token_id", ends.End?.Id);
        json.WriteNull("pad_token_id"); // a number here would keep the token's embedding from learning when the model is trained on
        json.WriteString("torch_dtype", typeName);
        json.WriteString("dtype", typeName);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>generation_config.json</c>.</summary>
    public static void WriteGeneration(TextEnds ends, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, Options);
        json.WriteStartObject();
        WriteId(json, "bos_token_id", ends.Begin?.Id);
        WriteId(json, "eos_token_id", ends.End?.Id);
        WriteId(json, "pad_token_id", ends.End?.Id);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>tokenizer_config.json</c>.</summary>
    public static void WriteTokenizer(TransformerConfig config, TextEnds ends, string? chatTemplate, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, Options);
        json.WriteStartObject();
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteString("bos_token", ends.Begin?.Text);
        json.WriteString("eos_token", ends.End?.Text);
        json.WriteString("pad_token", ends.End?.Text);
        json.WriteNumber("model_max_length", config.ContextLength);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        if (chatTemplate is not null) json.WriteString("chat_template", chatTemplate);
        json.WriteEndObject();
    }

    /// <summary>Under the keys of transformers before 5, and as it has been since.</summary>
    private static void WriteRope(Utf8JsonWriter json, TransformerConfig config)
    {
        WriteReal(json, "rope_theta", config.RopeTheta);
        if (config.RopeScaling is null) json.WriteNull("rope_scaling");
        else
        {
            json.WriteStartObject("rope_scaling");
            HuggingFaceRope.Write(json, config.RopeScaling, (name, value) => WriteReal(json, name, value));
            json.WriteEndObject();
        }
        json.WriteStartObject("rope_parameters");
        if (config.RopeScaling is null) json.WriteString(HuggingFaceRope.Type, "default");
        else HuggingFaceRope.Write(json, config.RopeScaling, (name, value) => WriteReal(json, name, value));
        WriteReal(json, "rope_theta", config.RopeTheta);
        json.WriteEndObject();
    }

    private static void WriteWindow(Utf8JsonWriter json, TransformerConfig config, HuggingFaceArchitecture architecture)
    {
        if (architecture.IsQwen) json.WriteBoolean("use_sliding_window", config.Window is not null);
        WriteId(json, "sliding_window", config.Window);
        if (!architecture.IsQwen) return;
        json.WriteNumber("max_window_layers", config.Window is null ? config.NumLayers : config.LayersWithoutWindow);
        json.WriteStartArray("layer_types");
        for (int layer = 0; layer < config.NumLayers; layer++)
            json.WriteStringValue(config.WindowOf(layer) is null ? "full_attention" : "sliding_attention");
        json.WriteEndArray();
    }

    /// <summary>A number that Python reads as a float: 10000 would be an integer there, which a checked configuration refuses.</summary>
    private static void WriteReal(Utf8JsonWriter json, string name, double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WritePropertyName(name);
        json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
    }

    private static void WriteId(Utf8JsonWriter json, string name, int? id)
    {
        if (id is int number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
