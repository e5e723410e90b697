using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

public sealed class HuggingFaceFolderTests : IDisposable
{
    private static readonly TransformerConfig Config = RandomModel.Configs["base"];
    private readonly TemporaryFolder _folder = RandomModel.Write(Config);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("base")]
    [InlineData("wide")]
    [InlineData("grouped keys")]
    [InlineData("tied embeddings")]
    public void A_model_that_goes_out_and_comes_back_is_the_same_to_the_last_bit(string name)
    {
        TransformerConfig config = RandomModel.Configs[name] with { Epsilon = 3e-6, RopeTheta = 12345.5 };
        using TemporaryFolder folder = RandomModel.Write(config);
        HuggingFaceFolder.Export(config, folder.File("model.safetensors"), folder.File("hf"));
        Assert.Equal(config, HuggingFaceFolder.Import(folder.File("hf"), folder.File("back")));
        Assert.Equal(config, TransformerConfig.Load(folder.File("back/config.json")));
        Assert.Equal(File.ReadAllBytes(folder.File("model.safetensors")), File.ReadAllBytes(folder.File("back/model.safetensors")));
        Assert.NotEqual(File.ReadAllBytes(folder.File("model.safetensors")), File.ReadAllBytes(folder.File("hf/model.safetensors")));
    }

    [Theory]
    [InlineData(SafetensorsType.F16)]
    [InlineData(SafetensorsType.BF16)]
    public void Two_bytes_an_element_are_rounded_to_nearest_and_stay_so(SafetensorsType type)
    {
        Export(options: new HuggingFaceExportOptions { Type = type });
        HuggingFaceFolder.Import(_folder.File("hf"), _folder.File("back"));
        using WeightFiles ours = WeightFiles.Open(_folder.File("model.safetensors"));
        using WeightFiles back = WeightFiles.Open(_folder.File("back/model.safetensors"));
        foreach ((string name, (SafetensorsFile file, SafetensorsEntry entry)) in ours.Tensors)
        {
            Assert.Equal(type, back.Tensors[name].Entry.Type);
            byte[] exact = new byte[entry.ByteLength], rounded = new byte[entry.ByteLength / 2];
            file.Read(name, 0, exact);
            back.Tensors[name].File.Read(name, 0, rounded);
            for (int i = 0; i < rounded.Length / 2; i++)
            {
                float value = BitConverter.ToSingle(exact, 4 * i);
                ushort expected = type == SafetensorsType.F16
                    ? BitConverter.HalfToUInt16Bits((Half)value) : BFloat16Format.FromSingle(value);
                Assert.Equal(expected, BitConverter.ToUInt16(rounded, 2 * i));
            }
        }
        // Half the bytes become the whole ones again without a change.
        HuggingFaceFolder.Export(Config, _folder.File("back/model.safetensors"), _folder.File("wide"));
        HuggingFaceFolder.Import(_folder.File("wide"), _folder.File("wide back"));
        HuggingFaceFolder.Export(
            Config, _folder.File("wide back/model.safetensors"), _folder.File("again"), options: new() { Type = type });
        Assert.Equal(File.ReadAllBytes(_folder.File("hf/model.safetensors")), File.ReadAllBytes(_folder.File("again/model.safetensors")));
    }

    [Fact]
    public void Every_value_is_written_that_would_otherwise_be_filled_in()
    {
        Export(tokenizer: Tokenizer());
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"],
            Directory.EnumerateFiles(_folder.File("hf")).Select(path => Path.GetFileName(path)!).Order());
        JsonObject config = Read("config.json");
        Assert.Equal(
            """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":300,"hidden_size":24,"intermediate_size":40,
            "num_hidden_layers":2,"num_attention_heads":3,"num_key_value_heads":3,"head_dim":8,"max_position_embeddings":80,
            "hidden_act":"silu","rms_norm_eps":1E-05,"rope_theta":100.0,"rope_scaling":null,
            "rope_parameters":{"rope_type":"default","rope_theta":100.0},"attention_bias":false,"attention_dropout":0.0,"mlp_bias":false,
            "tie_word_embeddings":false,"initializer_range":0.02,"pretraining_tp":1,"use_cache":true,"bos_token_id":256,"eos_token_id":256,
            "pad_token_id":null,"torch_dtype":"float32","dtype":"float32"}
            """.ReplaceLineEndings(""), config.ToJsonString());
        Assert.Equal("""{"bos_token_id":256,"eos_token_id":256,"pad_token_id":256}""", Read("generation_config.json").ToJsonString());
        Assert.Equal(
            """
            {"tokenizer_class":"PreTrainedTokenizerFast","bos_token":"<|endoftext|>","eos_token":"<|endoftext|>",
            "pad_token":"<|endoftext|>","model_max_length":80,"clean_up_tokenization_spaces":false}
            """.ReplaceLineEndings(""), JsonNode.Parse(Read("tokenizer_config.json").ToJsonString())!.ToJsonString(Relaxed));
        BpeModel tokenizer = BpeModel.Load(_folder.File("hf"));
        Assert.Equal(257, tokenizer.VocabSize);
        Assert.Equal(256, tokenizer.SpecialTokens["<|endoftext|>"]);
    }

    [Fact]
    public void Without_a_tokenizer_no_end_of_a_text_is_made_up()
    {
        Export();
        Assert.False(File.Exists(_folder.File("hf/tokenizer.json")));
        Assert.True(Read("config.json").TryGetPropertyValue("eos_token_id", out JsonNode? end) && end is null);
    }

    [Fact]
    public void The_end_of_a_text_and_the_template_of_a_conversation_are_those_that_were_named()
    {
        BpeModel tokenizer = new(
            [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "<|endoftext|>"u8.ToArray(), "<|end|>"u8.ToArray()], [],
            [new("<|endoftext|>", 256), new("<|end|>", 257)]);
        Export(tokenizer, new HuggingFaceExportOptions { EndToken = "<|end|>", ChatTemplate = "{{ messages }}" });
        Assert.Equal(257, (int)Read("config.json")["eos_token_id"]!);
        Assert.Equal(256, (int)Read("config.json")["bos_token_id"]!);
        Assert.Equal("<|end|>", (string?)Read("tokenizer_config.json")["eos_token"]);
        Assert.Equal("{{ messages }}", (string?)Read("tokenizer_config.json")["chat_template"]);
        Assert.Contains("there is none", Assert.Throws<ArgumentException>(() => HuggingFaceFolder.Export(
            Config, _folder.File("model.safetensors"), _folder.File("other"), null,
            new HuggingFaceExportOptions { ChatTemplate = "x" })).Message);
        Assert.False(Directory.Exists(_folder.File("other")));
    }

    [Fact]
    public void What_llama_does_not_have_is_told_at_once_and_nothing_is_written()
    {
        TransformerConfig config = Config with
        {
            Norm = NormPlacement.Post, Position = PositionEncoding.None, FeedForward = FeedForwardKind.Silu, VocabSize = 10,
        };
        string message = Assert.Throws<ArgumentException>(() => HuggingFaceFolder.Export(
            config, _folder.File("model.safetensors"), _folder.File("hf"), Tokenizer(),
            new HuggingFaceExportOptions { Type = SafetensorsType.I8, EndToken = "</s>" })).Message;
        foreach (string part in (string[])["norm is post", "position is none", "ffn is silu", "type is I8", "tokenizer has 257 tokens",
            "no special token </s>, which would end a text: name one of <|endoftext|>"])
            Assert.Contains(part, message);
        Assert.False(Directory.Exists(_folder.File("hf")));
        Assert.Contains("norm is none", Assert.Single(HuggingFaceFolder.FindProblems(Config with { Norm = NormPlacement.None })));
        Assert.Contains("qkv_biases and qk_norm are both true",
            Assert.Single(HuggingFaceFolder.FindProblems(Config with { QkNorm = true, QkvBiases = true })));
        Assert.Contains("head_dim is 6, but Qwen 2",
            Assert.Single(HuggingFaceFolder.FindProblems(Config with { QkvBiases = true, HeadDim = 6 })));
        Assert.Contains("layers_without_window is 1, but Mistral",
            Assert.Single(HuggingFaceFolder.FindProblems(Config with { Window = 4, LayersWithoutWindow = 1 })));
        Assert.Empty(HuggingFaceFolder.FindProblems(Config));
    }

    [Fact]
    public void Weights_of_another_model_or_of_integers_are_refused_before_anything_is_written()
    {
        Refused("ln1.weight has shape (24), expected (48)", Config with { DModel = 48 }, _folder.File("model.safetensors"));
        using (CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { Precision = CpuPrecision.Int8 }))
            model.Save(_folder.File("int8"));
        Refused("token_embeddings.weight has type I8, expected F32, F16 or BF16", Config, _folder.File("int8/model.safetensors"));
        Assert.False(Directory.Exists(_folder.File("hf")));
        // What cannot be rounded is found on the way, and leaves no file.
        RandomModel.WriteWeights(_folder.File("large"), TransformerTensors.Of(Config));
        byte[] bytes = File.ReadAllBytes(_folder.File("large"));
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), 70000f);
        File.WriteAllBytes(_folder.File("large"), bytes);
        Refused("lm_head.weight F32 (50, 24) holds 70000, which is too large for F16: write F32 or BF16", Config, _folder.File("large"));
        Assert.Empty(Directory.EnumerateFiles(_folder.File("hf")));
        HuggingFaceFolder.Export(Config, _folder.File("large"), _folder.File("hf"), options: new() { Type = SafetensorsType.BF16 });

        void Refused(string part, TransformerConfig config, string weights)
        {
            string message = Assert.Throws<InvalidDataException>(() =>
                HuggingFaceFolder.Export(config, weights, _folder.File("hf"), options: new() { Type = SafetensorsType.F16 })).Message;
            Assert.Contains(part, message);
        }
    }

    [Fact]
    public void A_folder_that_holds_anything_is_left_alone()
    {
        byte[] before = File.ReadAllBytes(_folder.File("config.json"));
        string message = Assert.Throws<IOException>(() =>
            HuggingFaceFolder.Export(Config, _folder.File("model.safetensors"), _folder.Path)).Message;
        Assert.Contains("is not empty: it holds config.json, model.safetensors.", message);
        Assert.Equal(before, File.ReadAllBytes(_folder.File("config.json")));
        Assert.Contains("is a file", Assert.Throws<IOException>(() =>
            HuggingFaceFolder.Export(Config, _folder.File("model.safetensors"), _folder.File("config.json"))).Message);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static BpeModel Tokenizer() => new(
        [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "<|endoftext|>"u8.ToArray()], [],
        [new("<|endoftext|>", 256)]);

    private void Export(BpeModel? tokenizer = null, HuggingFaceExportOptions? options = null)
    {
        TransformerConfig config = tokenizer is null ? Config : Config with { VocabSize = 300 };
        RandomModel.WriteWeights(_folder.File("model.safetensors"), TransformerTensors.Of(config));
        HuggingFaceFolder.Export(config, _folder.File("model.safetensors"), _folder.File("hf"), tokenizer, options);
    }

    private JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(_folder.File($"hf/{name}")))!.AsObject();
}
