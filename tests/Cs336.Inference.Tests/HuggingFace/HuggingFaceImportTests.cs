using System.Text.Json.Nodes;

namespace Cs336.Inference.Tests;

/// <summary>Folders as transformers and others write them, and such as nobody should.</summary>
public sealed class HuggingFaceImportTests : IDisposable
{
    private const string Index = "hf/model.safetensors.index.json";
    private static readonly TransformerConfig Config = RandomModel.Configs["base"];
    private readonly TemporaryFolder _folder = RandomModel.Write(Config);

    public HuggingFaceImportTests() => HuggingFaceFolder.Export(Config, _folder.File("model.safetensors"), _folder.File("hf"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rope_theta", "500.5", "rope_parameters", null)] // before transformers 5
    [InlineData("rope_theta", null, "rope_parameters", """{"rope_theta": 500.5, "rope_type": "default"}""")] // since
    [InlineData("rope_theta", "500.5", "rope_parameters", """{"rope_theta": 500.5}""")]
    [InlineData("rope_theta", "500.5", "rope_scaling", """{"type": "default"}""")]
    public void The_base_of_rotations_stands_under_old_keys_and_new_ones(string key, string? value, string other, string? parameters)
    {
        Change(json =>
        {
            json.Remove("rope_parameters");
            Set(json, key, value);
            Set(json, other, parameters);
        });
        Assert.Equal(Config with { RopeTheta = 500.5 }, HuggingFaceFolder.ReadConfig(_folder.File("hf/config.json")));
    }

    [Fact]
    public void What_a_file_leaves_out_is_what_transformers_fills_in()
    {
        Change(json =>
        {
            foreach (string key in json.Select(property => property.Key).ToArray())
                if (key is not ("model_type" or "vocab_size" or "hidden_size" or "intermediate_size" or "num_hidden_layers"
                    or "num_attention_heads")) json.Remove(key);
        });
        Assert.Equal(
            Config with { RopeTheta = 10_000, Epsilon = 1e-6, ContextLength = 2048 },
            HuggingFaceFolder.ReadConfig(_folder.File("hf/config.json")));
    }

    [Theory]
    [InlineData("model_type", "\"mixtral\"",
        "model_type is \"mixtral\", but only \"llama\", \"mistral\", \"qwen2\", \"qwen3\" are supported")]
    [InlineData("model_type", "\"mistral\"", "architectures is [\"LlamaForCausalLM\"], but only [\"MistralForCausalLM\"]")]
    [InlineData("use_mrope", "true", "use_mrope is true")]
    [InlineData("use_sliding_window", "true", "use_sliding_window is true, but LLaMA has no window")]
    [InlineData("model_type", null, "model_type is missing")]
    [InlineData("architectures", "[\"Qwen2ForCausalLM\"]", "architectures is [\"Qwen2ForCausalLM\"]")]
    [InlineData("architectures", "[\"LlamaForSequenceClassification\"]", "architectures is")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is \"gelu\"")]
    [InlineData("attention_bias", "true", "attention_bias is true")]
    [InlineData("mlp_bias", "true", "mlp_bias is true")]
    [InlineData("use_qk_norm", "true", "use_qk_norm is true")]
    [InlineData("quantization_config", "{\"bits\": 4}", "quantization_config is")]
    [InlineData("auto_map", "{\"AutoModel\": \"code.py\"}", "auto_map is")]
    [InlineData("sliding_window", "4096", "sliding_window is 4096")]
    [InlineData("layer_types", "[\"full_attention\", \"sliding_attention\"]", "layer_types is")]
    [InlineData("head_dim", "16", "self_attn.q_proj.weight has shape (24, 24), expected (48, 24)")]
    [InlineData("head_dim", "7", "head_dim is 7, but rotary embeddings turn pairs")]
    [InlineData("rope_scaling", """{"rope_type": "longrope", "factor": 8.0}""", "rope_scaling.rope_type is \"longrope\", but only default")]
    [InlineData("rope_scaling", """{"type": "dynamic", "factor": 2.0}""", "rope_scaling.rope_type is \"dynamic\"")]
    [InlineData("rope_scaling", """{"type": "linear", "factor": 2.0}""",
        "rope_parameters and rope_scaling scale positions in different ways")]
    [InlineData("rope_parameters", """{"rope_type": "linear"}""", "rope_scaling.factor is 0")]
    [InlineData("rope_parameters", """{"rope_type": "linear", "factor": 2.0, "low_freq_factor": 1.0}""",
        "rope_parameters.low_freq_factor is 1.0, which is not supported")]
    [InlineData("rope_parameters", """{"rope_type": "llama3", "factor": 8.0}""",
        "rope_scaling.low_freq_factor is missing, which llama3 needs")]
    [InlineData("rope_parameters", """{"rope_type": "yarn", "factor": 2.0, "truncate": false}""", "rope_parameters.truncate is false")]
    [InlineData("rope_parameters", """{"rope_type": "yarn", "factor": 2.0, "mscale": 1.0}""", "rope_parameters.mscale is 1.0")]
    [InlineData("rope_parameters", """{"rope_type": "yarn", "factor": "2"}""", "rope_parameters.factor is \"2\"")]
    [InlineData("rope_parameters", """{"rope_theta": 1.5}""", "rope_parameters.rope_theta is 1.5, but rope_theta is 100")]
    [InlineData("rope_parameters", """{"full_attention": {"rope_theta": 1.5}}""", "rope_parameters.full_attention is")]
    [InlineData("partial_rotary_factor", "0.5", "partial_rotary_factor is 0.5")]
    [InlineData("num_key_value_heads", "2", "num_key_value_heads is 2, which does not divide")]
    [InlineData("num_attention_heads", "5", "num_key_value_heads is 3, which does not divide num_attention_heads 5")]
    [InlineData("num_attention_heads", "24", "self_attn.q_proj.weight has shape (24, 24), expected (192, 24)")]
    [InlineData("num_hidden_layers", "0", "num_hidden_layers is 0, but must be a whole number from 1")]
    [InlineData("hidden_size", "3000000000", "hidden_size is 3000000000")]
    [InlineData("vocab_size", "\"many\"", "vocab_size is \"many\"")]
    [InlineData("vocab_size", null, "vocab_size is missing")]
    [InlineData("rms_norm_eps", "-1", "rms_norm_eps is -1")]
    [InlineData("rope_theta", "1e999", "rope_theta is 1e999")]
    [InlineData("tie_word_embeddings", "1", "tie_word_embeddings is 1")]
    public void What_is_not_supported_is_named(string key, string? value, string message)
    {
        Change(json => Set(json, key, value));
        Assert.Contains(message, Refused());
    }

    [Fact]
    public void Heads_that_divide_no_width_and_have_none_of_their_own_are_refused()
    {
        Change(json =>
        {
            json.Remove("head_dim");
            Set(json, "num_attention_heads", "5");
        });
        Assert.Contains("hidden_size is 24, which num_attention_heads 5 does not divide", Refused());
    }

    [Theory]
    [InlineData("Qwen 2 with windows", "layer_types", "[\"sliding_attention\", \"full_attention\", \"full_attention\"]", "layer_types is")]
    [InlineData("Qwen 2 with windows", "layer_types", "[\"full_attention\"]", "layer_types is")]
    [InlineData("Qwen 2.5", "layer_types", "[\"full_attention\", \"sliding_attention\"]", "layer_types is")]
    [InlineData("Qwen 2 with windows", "use_sliding_window", "1", "use_sliding_window is 1, but must be true or false")]
    [InlineData("Qwen 2 with windows", "max_window_layers", "-1", "max_window_layers is -1, but must be a whole number from 0")]
    [InlineData("Qwen 3", "attention_bias", "true", "attention_bias is true")]
    [InlineData("Mistral 7B", "sliding_window", "0", "sliding_window is 0")]
    public void What_is_not_supported_of_other_architectures_is_named(string name, string key, string value, string message)
    {
        System.Text.Json.Nodes.JsonObject config = FamilyConfigs.All[name].DeepClone().AsObject();
        Set(config, key, value);
        File.WriteAllText(_folder.File("hf/config.json"), config.ToJsonString());
        Assert.Contains(message, Refused());
    }

    /// <summary>Of what a file leaves out: heads of Qwen's and Mistral's own numbers, and Mistral's window.</summary>
    [Theory]
    [InlineData("Mistral 7B", "sliding_window", 4096, 0)]
    [InlineData("Qwen 2 with windows", "sliding_window", 4096, 1)]
    [InlineData("Qwen 2 with windows", "max_window_layers", null, 0)]
    [InlineData("Qwen 2 with windows", "use_sliding_window", null, 0)]
    public void A_window_that_a_file_leaves_out_is_that_of_transformers(string name, string key, int? window, int without)
    {
        System.Text.Json.Nodes.JsonObject config = FamilyConfigs.All[name].DeepClone().AsObject();
        config.Remove(key);
        File.WriteAllText(_folder.File("hf/config.json"), config.ToJsonString());
        TransformerConfig read = HuggingFaceFolder.ReadConfig(_folder.File("hf/config.json"));
        Assert.Equal((window, without), (read.Window, read.LayersWithoutWindow));
    }

    [Fact]
    public void All_that_is_not_supported_is_told_at_once()
    {
        Change(json =>
        {
            Set(json, "hidden_act", "\"gelu\"");
            Set(json, "attention_bias", "true");
            Set(json, "sliding_window", "7");
        });
        string message = Refused();
        foreach (string key in (string[])["hidden_act", "attention_bias", "sliding_window"]) Assert.Contains(key, message);
    }

    [Theory]
    [InlineData("[]", "holds no JSON object")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"model_type": "llama", "model_type": "llama"}""", "is not JSON")]
    [InlineData("""{"model_type": "\ud800"}""", "half a surrogate pair")]
    [InlineData("""{"\ud800": 1}""", "half a surrogate pair")]
    public void Damaged_json_is_refused(string json, string message)
    {
        File.WriteAllText(_folder.File("hf/config.json"), json);
        Assert.Contains(message, Refused());
    }

    [Fact]
    public void Tensors_that_are_missing_or_unknown_are_told_by_their_names_there()
    {
        Change(json => Set(json, "num_hidden_layers", "3"));
        string message = Refused();
        Assert.Contains("model.layers.2.self_attn.o_proj.weight is missing", message);
        Change(json => Set(json, "num_hidden_layers", "1"));
        Assert.Contains("model.layers.1.mlp.gate_proj.weight is unknown", Refused());
        Change(json => Set(json, "num_hidden_layers", "2000000000"));
        Assert.Contains("and 1799999", Refused().Replace(",", "")); // and many more, without going through them
    }

    [Fact]
    public void Biases_and_norms_that_only_the_weights_tell_of_are_refused()
    {
        Rewrite([("model.layers.0.self_attn.q_proj.bias", 24), ("model.layers.0.self_attn.q_norm.weight", 8)]);
        string message = Refused();
        Assert.Contains("model.layers.0.self_attn.q_proj.bias is unknown", message);
        Assert.Contains("model.layers.0.self_attn.q_norm.weight is unknown", message);
    }

    [Fact]
    public void Frequencies_that_earlier_versions_saved_are_passed_over()
    {
        Rewrite([("model.layers.0.self_attn.rotary_emb.inv_freq", 4)]);
        HuggingFaceFolder.Import(_folder.File("hf"), _folder.File("back"));
        AssertSame();
    }

    [Fact]
    public void A_head_that_is_stored_beside_the_embedding_it_is_tied_to_must_be_the_same()
    {
        Change(json => Set(json, "tie_word_embeddings", "true"));
        Assert.Contains("tie_word_embeddings is true, but lm_head.weight is not model.embed_tokens.weight", Refused());
        TransformerConfig tied = RandomModel.Configs["tied embeddings"];
        RandomModel.WriteWeights(_folder.File("model.safetensors"), TransformerTensors.Of(tied));
        Directory.Delete(_folder.File("hf"), recursive: true);
        HuggingFaceFolder.Export(tied, _folder.File("model.safetensors"), _folder.File("hf"));
        Rewrite([], twice: "model.embed_tokens.weight");
        Assert.Equal(tied, HuggingFaceFolder.Import(_folder.File("hf"), _folder.File("back")));
        AssertSame();
    }

    [Fact]
    public void Weights_in_several_files_are_read_by_their_index()
    {
        Split();
        HuggingFaceFolder.Import(_folder.File("hf"), _folder.File("back"));
        AssertSame();
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd.safetensors")]
    [InlineData("..\\model.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("model.bin")]
    [InlineData("..")]
    [InlineData("")]
    public void An_index_that_names_anything_but_a_file_beside_it_is_refused(string name)
    {
        JsonObject map = Split();
        map["lm_head.weight"] = name;
        WriteIndex(map);
        Assert.Contains($"'{name}' is no name of a safetensors file in the same folder", Refused());
    }

    [Fact]
    public void An_index_and_its_files_that_differ_are_refused()
    {
        JsonObject map = Split();
        map["lm_head.weight"] = (string)map["model.embed_tokens.weight"]! == "1.safetensors" ? "2.safetensors" : "1.safetensors";
        map["another"] = "1.safetensors";
        map.Remove("model.norm.weight");
        WriteIndex(map);
        string message = Refused();
        foreach (string part in (string[])["'another' is not in 1.safetensors", "'model.norm.weight' is in a file, but not in the index"])
            Assert.Contains(part, message);
        map["lm_head.weight"] = "3.safetensors";
        WriteIndex(map);
        Assert.Contains("3.safetensors", Assert.ThrowsAny<FileNotFoundException>(Import).Message);
        File.Copy(_folder.File("hf/1.safetensors"), _folder.File("hf/3.safetensors"));
        Assert.Contains("is in", Refused());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map": []}""")]
    [InlineData("""{"weight_map": {"a": 1}}""")]
    [InlineData("""{"weight_map": {"a": "\ud800"}}""")]
    [InlineData("""{"weight_map": {"a": "1.safetensors", "a": "1.safetensors"}}""")]
    public void A_damaged_index_is_refused(string json)
    {
        Split();
        File.WriteAllText(_folder.File(Index), json);
        Assert.StartsWith(_folder.File(Index), Refused());
    }

    [Fact]
    public void Pickles_are_never_read()
    {
        File.WriteAllBytes(_folder.File("hf/model.safetensors"), [.. "PK\u0003\u0004"u8, .. new byte[100]]);
        Assert.Contains("is a file of torch.save, a pickle", Refused());
        File.Delete(_folder.File("hf/model.safetensors"));
        File.WriteAllBytes(_folder.File("hf/pytorch_model.bin"), new byte[100]);
        Assert.Contains("safe_serialization=True", Assert.Throws<FileNotFoundException>(Import).Message);
        File.Delete(_folder.File("hf/config.json"));
        Assert.StartsWith($"There is no {_folder.File("hf")}", Assert.Throws<FileNotFoundException>(Import).Message);
    }

    [Fact]
    public void A_folder_of_transformers_is_told_from_one_of_ours()
    {
        Assert.True(HuggingFaceFolder.IsOne(_folder.File("hf")));
        Assert.False(HuggingFaceFolder.IsOne(_folder.Path));
        Assert.False(HuggingFaceFolder.IsOne(_folder.File("nowhere")));
    }

    private static void Set(JsonObject json, string key, string? value)
    {
        if (value is null) json.Remove(key);
        else json[key] = JsonNode.Parse(value);
    }

    private void Import() => HuggingFaceFolder.Import(_folder.File("hf"), _folder.File("back"));

    private string Refused()
    {
        string message = Assert.Throws<InvalidDataException>(Import).Message;
        Assert.False(Directory.Exists(_folder.File("back")));
        return message;
    }

    private void AssertSame() =>
        Assert.Equal(File.ReadAllBytes(_folder.File("model.safetensors")), File.ReadAllBytes(_folder.File("back/model.safetensors")));

    private void Change(Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(_folder.File("hf/config.json")))!.AsObject();
        change(json);
        File.WriteAllText(_folder.File("hf/config.json"), json.ToJsonString());
    }

    /// <summary>Writes the weights anew, with vectors of zeros beside them, and perhaps one of them as the head too.</summary>
    private void Rewrite((string Name, int Size)[] more, string? twice = null)
    {
        string path = _folder.File("hf/model.safetensors");
        using (WeightFiles files = WeightFiles.Open(path))
        {
            List<SafetensorsEntry> entries = [.. files.Tensors.Values.Select(tensor => tensor.Entry),
                .. more.Select(item => new SafetensorsEntry(item.Name, SafetensorsType.F32, [item.Size]))];
            if (twice is not null)
                entries.Add(new SafetensorsEntry("lm_head.weight", SafetensorsType.F32, files.Tensors[twice].Entry.Shape));
            Write(files, path + ".new", entries, twice);
        }
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Divides the weights among two files, and gives the index.</summary>
    private JsonObject Split()
    {
        JsonObject map = [];
        using (WeightFiles files = WeightFiles.Open(_folder.File("hf/model.safetensors")))
            for (int part = 1; part <= 2; part++)
            {
                SafetensorsEntry[] entries = [.. files.Tensors.Values.Select(tensor => tensor.Entry).Where((_, i) => i % 2 == part - 1)];
                Write(files, _folder.File($"hf/{part}.safetensors"), entries, twice: null);
                foreach (SafetensorsEntry entry in entries) map[entry.Name] = $"{part}.safetensors";
            }
        File.Delete(_folder.File("hf/model.safetensors"));
        WriteIndex(map);
        return map;
    }

    private void WriteIndex(JsonObject map) => File.WriteAllText(
        _folder.File(Index),
        new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map.DeepClone() }.ToJsonString());

    private static void Write(WeightFiles files, string path, IReadOnlyList<SafetensorsEntry> entries, string? twice) =>
        SafetensorsWriter.WriteFile(path, entries, (entry, stream) =>
        {
            byte[] bytes = new byte[entry.ByteLength];
            string name = entry.Name == "lm_head.weight" && twice is not null ? twice : entry.Name;
            if (files.Tensors.TryGetValue(name, out var source)) source.File.Read(name, 0, bytes);
            stream.Write(bytes);
        });
}
