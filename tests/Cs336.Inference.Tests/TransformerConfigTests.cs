using Cs336.Testing;
using Cs336.Inference;

namespace Cs336.Inference.Tests;

public sealed class TransformerConfigTests
{
    private static readonly TransformerConfig Sound = new()
    {
        VocabSize = 1000, ContextLength = 64, DModel = 32, NumLayers = 2, NumHeads = 4, DFf = 88, RopeTheta = 5000,
    };

    [Fact]
    public void Json_carries_the_names_of_the_course()
    {
        const string Expected = """
            {
              "vocab_size": 1000,
              "context_length": 64,
              "d_model": 32,
              "num_layers": 2,
              "num_heads": 4,
              "d_ff": 88,
              "rope_theta": 5000,
              "norm": "pre",
              "position": "rope",
              "ffn": "swiglu",
              "tied_embeddings": false,
              "eps": 1E-05,
              "init_seed": 0
            }
            """;
        Assert.Equal(Expected, Sound.ToJson().ReplaceLineEndings("\n"));
        Assert.Equal(Sound, TransformerConfig.Parse(Sound.ToJson()));
    }

    [Fact]
    public void Every_choice_survives_the_way_through_json()
    {
        TransformerConfig config = Sound with
        {
            NumKvHeads = 2, Norm = NormPlacement.Post, Position = PositionEncoding.None, FeedForward = FeedForwardKind.Silu,
            TiedEmbeddings = true, Epsilon = 1e-6, InitSeed = 7,
        };
        string json = config.ToJson();
        Assert.Contains("\"num_kv_heads\": 2", json);
        Assert.Contains("\"norm\": \"post\"", json);
        Assert.Contains("\"position\": \"none\"", json);
        Assert.Contains("\"ffn\": \"silu\"", json);
        Assert.Equal(config, TransformerConfig.Parse(json));
    }

    [Fact]
    public void What_models_of_others_have_besides_survives_the_way_through_json()
    {
        TransformerConfig config = Sound with
        {
            HeadDim = 10, QkvBiases = true, QkNorm = true, Window = 7, LayersWithoutWindow = 1,
            RopeScaling = new RopeScaling
            {
                Kind = RopeScalingKind.Yarn, Factor = 4, OriginalContextLength = 16, BetaFast = 24, BetaSlow = 2, AttentionFactor = 1.25,
            },
        };
        string json = config.ToJson();
        foreach (string part in (string[])["\"head_dim\": 10", "\"qkv_biases\": true", "\"qk_norm\": true", "\"window\": 7",
            "\"layers_without_window\": 1", "\"type\": \"yarn\"", "\"attention_factor\": 1.25"])
            Assert.Contains(part, json);
        Assert.Equal(config, TransformerConfig.Parse(json));
        Assert.Equal((10, 40), (config.HeadSize, config.QueryWidth));
        Assert.Equal((null, 7), (config.WindowOf(0), config.WindowOf(1)));
        TransformerConfig llama3 = Sound with
        {
            RopeScaling = new RopeScaling
            {
                Kind = RopeScalingKind.Llama3, Factor = 32, OriginalContextLength = 16, LowFrequencyFactor = 1, HighFrequencyFactor = 4,
            },
        };
        Assert.Equal(llama3, TransformerConfig.Parse(llama3.ToJson()));
    }

    [Theory]
    [InlineData("\"head_dim\": 7", "head_dim is 7, but rotary embeddings turn pairs")]
    [InlineData("\"head_dim\": 0", "head_dim is 0, but must be at least 1")]
    [InlineData("\"head_dim\": 2000000000", "head_dim is 2000000000, which times num_heads 4 is more than 2147483647")]
    [InlineData("\"window\": 0", "window is 0, but must be at least 1")]
    [InlineData("\"layers_without_window\": 1", "layers_without_window is 1, but there is no window")]
    [InlineData("\"window\": 3, \"layers_without_window\": 3", "layers_without_window is 3, but must be from 0 to num_layers 2")]
    [InlineData("\"window\": 3, \"layers_without_window\": -1", "layers_without_window is -1")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0.5}",
        "rope_scaling.factor is 0.5, but must be a finite number from 1")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"beta_fast\": 1}",
        "rope_scaling.beta_fast is 1, but linear has none")]
    [InlineData("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2}",
        "rope_scaling.original_context_length is missing, which yarn needs")]
    [InlineData("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2, \"original_context_length\": 8, \"beta_slow\": 40}",
        "rope_scaling.beta_slow is 40, but must be at most beta_fast 32")]
    [InlineData("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2, \"original_context_length\": 8, \"attention_factor\": 0}",
        "rope_scaling.attention_factor is 0")]
    [InlineData("\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 2, \"original_context_length\": 8}",
        "rope_scaling.low_freq_factor is missing")]
    [InlineData("\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 2, \"original_context_length\": 8, \"low_freq_factor\": 4, "
        + "\"high_freq_factor\": 4}", "low_freq_factor is 4, but must be below high_freq_factor 4")]
    [InlineData("\"position\": \"none\", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}",
        "rope_scaling is there, but position is none")]
    [InlineData("\"rope_theta\": 1, \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2, \"original_context_length\": 8}",
        "rope_theta is 1")]
    [InlineData("\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}", "rope_scaling")]
    [InlineData("\"rope_scaling\": {\"type\": 1, \"factor\": 2}", "rope_scaling")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"colour\": 2}", "colour")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\"}", "factor")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"factor\": 3}", "factor")]
    public void What_models_of_others_have_besides_is_checked(string keys, string problem)
    {
        string json = $$"""{"vocab_size": 9, "context_length": 16, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 8, {{keys}}}""";
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse(json)).Message);
    }

    [Fact]
    public void A_pattern_of_windows_is_repeated_over_the_layers()
    {
        TransformerConfig config = Sound with { NumLayers = 10, Window = 16, WindowPattern = "SSSL" };
        int?[] windows = [.. Enumerable.Range(0, 10).Select(config.WindowOf)];
        Assert.Equal([16, 16, 16, null, 16, 16, 16, null, 16, 16], windows);
        Assert.Empty(config.FindProblems());
    }

    [Fact]
    public void What_recipes_of_today_add_survives_the_way_through_json()
    {
        (TransformerConfig Config, string Part)[] switches =
        [
            (Sound with { FeedForward = FeedForwardKind.Relu2 }, "\"ffn\": \"relu2\""),
            (Sound with { ZeroInitOutputs = true }, "\"zero_init_outputs\": true"),
            (Sound with { LogitSoftCap = 30 }, "\"logit_soft_cap\": 30"),
            (Sound with { EmbeddingScale = 5.5 }, "\"embedding_scale\": 5.5"),
            (Sound with { Window = 7, WindowPattern = "SL" }, "\"window_pattern\": \"SL\""),
            (Sound with { ValueEmbeddings = true }, "\"value_embeddings\": true"),
            (Sound with { UNetSkips = true }, "\"unet_skips\": true"),
        ];
        foreach ((TransformerConfig config, string part) in switches)
        {
            Assert.Contains(part, config.ToJson());
            Assert.Equal(config, TransformerConfig.Parse(config.ToJson()));
            Assert.NotEqual(Sound, config);
            Assert.Empty(config.FindProblems());
        }
    }

    [Theory]
    [InlineData("\"logit_soft_cap\": 0", "logit_soft_cap is 0, but must be a finite number above 0, or be left out.")]
    [InlineData("\"logit_soft_cap\": -30", "logit_soft_cap is -30, but must be")]
    [InlineData("\"logit_soft_cap\": 1e39", "logit_soft_cap is 1E+39, but must be")]
    [InlineData("\"logit_soft_cap\": 1e-50", "logit_soft_cap is 1E-50, but must be")]
    [InlineData("\"logit_soft_cap\": \"30\"", "logit_soft_cap")]
    [InlineData("\"zero_init_outputs\": 1", "zero_init_outputs")]
    [InlineData("\"window_pattern\": \"SL\"", "window_pattern is SL, but there is no window.")]
    [InlineData("\"window\": 4, \"window_pattern\": \"\"", "window_pattern is \"\", but must be letters S")]
    [InlineData("\"window\": 4, \"window_pattern\": \"sl\"", "window_pattern is \"sl\", but must be letters S")]
    [InlineData("\"window\": 4, \"window_pattern\": \"SL\", \"layers_without_window\": 1",
        "window_pattern is SL and layers_without_window 1")]
    [InlineData("\"embedding_scale\": 0", "embedding_scale is 0, but must be a finite number above 0, or be left out.")]
    [InlineData("\"embedding_scale\": 1e99", "embedding_scale is 1E+99, but must be")]
    public void What_recipes_of_today_add_is_checked(string keys, string problem)
    {
        string json = $$"""{"vocab_size": 9, "context_length": 16, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 8, {{keys}}}""";
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse(json)).Message);
    }

    [Fact]
    public void What_a_configuration_leaves_out_has_its_default()
    {
        const string Json = """{"vocab_size": 1000, "context_length": 64, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 88, "rope_theta": 5000}""";
        Assert.Equal(Sound, TransformerConfig.Parse(Json));
        Assert.Equal(4, Sound.KeyValueHeads);
    }

    [Theory]
    [InlineData("norm", "\"middle\"")]
    [InlineData("norm", "0")]
    [InlineData("position", "\"absolute\"")]
    [InlineData("ffn", "null")]
    public void A_choice_that_there_is_not_is_refused(string key, string value)
    {
        string json =
            $$"""{"vocab_size": 9, "context_length": 4, "d_model": 2, "num_layers": 1, "num_heads": 1, "d_ff": 3, "{{key}}": {{value}}}""";
        Assert.Contains(key, Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse(json)).Message);
    }

    [Fact]
    public void Key_heads_that_do_not_divide_the_query_heads_are_refused()
    {
        string problem = Assert.Single((Sound with { NumKvHeads = 3 }).FindProblems());
        Assert.Equal("num_kv_heads is 3, which does not divide num_heads 4: every key head serves equally many query heads.", problem);
        Assert.Equal("num_kv_heads is 0, but must be at least 1.", Assert.Single((Sound with { NumKvHeads = 0 }).FindProblems()));
    }

    [Fact]
    public void An_odd_head_size_is_sound_without_rotary_positions()
    {
        Assert.Empty((Sound with { DModel = 12, NumHeads = 4, Position = PositionEncoding.None }).FindProblems());
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        TransformerConfig config = Sound with { VocabSize = 0, DModel = 30, NumLayers = -1, RopeTheta = double.NaN };
        ArgumentException exception = Assert.Throws<ArgumentException>(config.Validate);
        Assert.Equal(string.Join(Environment.NewLine,
            "vocab_size is 0, but must be at least 1.",
            "num_layers is -1, but must be at least 1.",
            "rope_theta is NaN, but must be a finite number above 0: 10000 is usual.",
            "d_model is 30, which num_heads 4 does not divide: choose a multiple of 4."), exception.Message);
    }

    [Fact]
    public void An_odd_head_size_is_refused()
    {
        string problem = Assert.Single((Sound with { DModel = 12, NumHeads = 4 }).FindProblems());
        Assert.Equal(
            "d_model / num_heads is 3, but rotary embeddings turn pairs and need an even head size: change d_model 12 or num_heads 4.",
            problem);
    }

    [Theory]
    [InlineData("{\"vocab_size\": 5, \"colour\": 1}", "colour")]
    [InlineData("{\"vocab_size\": 5}", "d_model")]
    [InlineData("{\"vocab_size\": 5, \"vocab_size\": 6}", "vocab_size")]
    [InlineData("{\"vocab_size\": \"many\"}", "vocab_size")]
    [InlineData("null", "null")]
    [InlineData("[", "configuration")]
    public void Json_that_is_not_a_configuration_is_refused(string json, string named)
    {
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse(json)).Message);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_a_configuration()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("config.json"), Sound.ToJson(), new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.Equal(Sound, TransformerConfig.Load(folder.File("config.json")));
        Assert.Equal(Sound, TransformerConfig.Parse("\uFEFF" + Sound.ToJson()));
    }

    [Fact]
    public void A_file_with_an_unsound_configuration_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", (Sound with { NumHeads = 5 }).ToJson());
        string message = Assert.Throws<InvalidDataException>(() => TransformerConfig.Load(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains("d_model is 32, which num_heads 5 does not divide", message);
    }

    [Theory]
    [InlineData("{\n  \"\\ud800\": 1 }", "a string at line 2, byte 3 holds half a surrogate pair.")]
    [InlineData("{ \"norm\": \"\\udc00a\" }", "a string at line 1, byte 11 holds half a surrogate pair.")]
    public void Half_a_surrogate_pair_is_refused_with_its_place(string json, string problem)
    {
        string message = Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse(json)).Message;
        Assert.StartsWith("the configuration is not a model configuration: ", message);
        Assert.Contains(problem, message);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_string_of_our_own_is_refused() =>
        Assert.EndsWith(
            "the text holds half a surrogate pair.",
            Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse("{ \"norm\": \"" + (char)0xD800 + "\" }")).Message);

    [Fact]
    public void A_file_of_another_size_than_configurations_have_is_not_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", "{}");
        using (FileStream file = File.OpenWrite(path)) file.SetLength(1L << 40);
        Assert.Equal(
            $"{path} has 1099511627776 bytes, but a model configuration has at most 1048576: is it another kind of file?",
            Assert.Throws<InvalidDataException>(() => TransformerConfig.Load(path)).Message);
    }
}
