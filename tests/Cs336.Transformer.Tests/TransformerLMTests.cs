using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class TransformerLMTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 50, ContextLength = 16, DModel = 24, NumLayers = 3, NumHeads = 3, DFf = 40, RopeTheta = 100,
    };

    /// <summary>One option changed at a time, and all at once.</summary>
    public static TheoryData<string> Variants => [.. Configs.Keys];

    internal static Dictionary<string, TransformerConfig> Configs => new()
    {
        ["base"] = Config,
        ["post-norm"] = Config with { Norm = NormPlacement.Post },
        ["no norm"] = Config with { Norm = NormPlacement.None },
        ["no positions"] = Config with { Position = PositionEncoding.None },
        ["SiLU"] = Config with { FeedForward = FeedForwardKind.Silu, DFf = 96 },
        ["ReLU²"] = Config with { FeedForward = FeedForwardKind.Relu2, DFf = 96 },
        ["soft cap"] = Config with { LogitSoftCap = 2.5 },
        ["embedding scale"] = Config with { EmbeddingScale = Math.Sqrt(24) },
        ["embedding scale, tied"] = Config with { EmbeddingScale = Math.Sqrt(24), TiedEmbeddings = true },
        ["value embeddings"] = Config with { ValueEmbeddings = true },
        ["value embeddings of grouped keys"] =
            Config with { NumLayers = 2, HeadDim = 10, NumHeads = 4, NumKvHeads = 2, ValueEmbeddings = true, QkvBiases = true },
        ["U-Net skips"] = Config with { NumLayers = 4, UNetSkips = true },
        ["U-Net skips of odd layers, post-norm"] = Config with { NumLayers = 5, UNetSkips = true, Norm = NormPlacement.Post },
        ["every switch"] = Config with
        {
            NumLayers = 5, FeedForward = FeedForwardKind.Relu2, QkNorm = true, LogitSoftCap = 3, EmbeddingScale = 4, Window = 3,
            WindowPattern = "SSSL", ValueEmbeddings = true, UNetSkips = true, TiedEmbeddings = true,
        },
        ["one key head"] = Config with { NumKvHeads = 1 },
        ["grouped keys"] = Config with { DModel = 32, NumHeads = 8, NumKvHeads = 2 },
        ["tied embeddings"] = Config with { TiedEmbeddings = true },
        ["large epsilon"] = Config with { Epsilon = 0.5 },
        ["head_dim"] = Config with { HeadDim = 14, NumKvHeads = 1 },
        ["biases"] = Config with { QkvBiases = true },
        ["QK-norm"] = Config with { QkNorm = true },
        ["linear"] = Config with { RopeScaling = new RopeScaling { Kind = RopeScalingKind.Linear, Factor = 2.5 } },
        ["llama3"] = Config with { RopeTheta = 1000, RopeScaling = Llama3 },
        ["yarn"] = Config with { RopeTheta = 1000, RopeScaling = Yarn },
        ["yarn, every key"] = Config with
        {
            RopeTheta = 1000, RopeScaling = Yarn with { BetaFast = 3, BetaSlow = 0.5, AttentionFactor = 1.3 },
        },
        ["window"] = Config with { Window = 3 },
        ["window of two in the last layers"] = Config with { Window = 2, LayersWithoutWindow = 1 },
        ["SSSL"] = Config with { NumLayers = 5, Window = 3, WindowPattern = "SSSL" },
        ["LS"] = Config with { Window = 2, WindowPattern = "LS", QkNorm = true },
        ["Qwen 3 with a window"] = Config with
        {
            HeadDim = 10, NumHeads = 4, NumKvHeads = 2, QkNorm = true, QkvBiases = true, RopeScaling = Llama3, Window = 5,
            LayersWithoutWindow = 1, TiedEmbeddings = true, Epsilon = 1e-6,
        },
        ["all"] = Config with
        {
            DModel = 20, NumHeads = 4, NumKvHeads = 2, Norm = NormPlacement.Post, Position = PositionEncoding.None, FeedForward =
                FeedForwardKind.Silu,
            TiedEmbeddings = true, Epsilon = 1e-3,
        },
    };

    private static RopeScaling Llama3 => new()
    {
        Kind = RopeScalingKind.Llama3, Factor = 4, OriginalContextLength = 40, LowFrequencyFactor = 1, HighFrequencyFactor = 4,
    };

    private static RopeScaling Yarn => new() { Kind = RopeScalingKind.Yarn, Factor = 4, OriginalContextLength = 40 };

    private static readonly int[] Tokens = [3, 1, 4, 1, 5, 9, 2, 6, 49, 0];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Logits_equal_the_equations_in_plain_loops(string variant)
    {
        foreach (ComputePath path in Enum.GetValues<ComputePath>()) CompareWithPlainLoops(Configs[variant] with { InitSeed = 1 }, path);
    }

    private static void CompareWithPlainLoops(TransformerConfig config, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(config, path);
        Open(model);
        double[][] expected = new PlainTransformer(config, WeightsOf(model)).Forward(Tokens);
        float[] actual = [.. model.forward(Ids(Tokens)).data<float>()];
        double scale = expected.SelectMany(row => row).Max(Math.Abs);
        for (int t = 0; t < Tokens.Length; t++)
            for (int id = 0; id < Config.VocabSize; id++)
                Assert.InRange(actual[t * Config.VocabSize + id], expected[t][id] - 1e-5 * scale, expected[t][id] + 1e-5 * scale);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Both_paths_give_the_same_gradients(string variant)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, float[]> Gradients(ComputePath path)
        {
            using TransformerLM model = new(Configs[variant] with { InitSeed = 2 }, path);
            Open(model);
            model.forward(Ids(Tokens)).square().mean().backward();
            return model.named_parameters().ToDictionary(item => item.name, item => item.parameter.grad!.data<float>().ToArray());
        }
        Dictionary<string, float[]> expected = Gradients(ComputePath.Explicit), actual = Gradients(ComputePath.Fast);
        foreach ((string name, float[] gradient) in expected)
        {
            float scale = gradient.Max(MathF.Abs);
            Assert.True(scale > 0, $"{name} has no gradient");
            Assert.All(
                gradient.Zip(actual[name]), pair => Assert.InRange(pair.Second, pair.First - 1e-4f * scale, pair.First + 1e-4f * scale));
        }
    }

    [Fact]
    public void Parameters_have_the_names_and_shapes_of_the_course()
    {
        using TransformerLM model = new(Config with { NumLayers = 1 });
        Assert.Equal(
        [
            "layers.0.attn.k_proj.weight (24, 24)", "layers.0.attn.output_proj.weight (24, 24)", "layers.0.attn.q_proj.weight (24, 24)",
            "layers.0.attn.v_proj.weight (24, 24)", "layers.0.ffn.w1.weight (40, 24)", "layers.0.ffn.w2.weight (24, 40)",
            "layers.0.ffn.w3.weight (40, 24)", "layers.0.ln1.weight (24)", "layers.0.ln2.weight (24)", "lm_head.weight (50, 24)",
            "ln_final.weight (24)", "token_embeddings.weight (50, 24)",
        ], model.named_parameters().Select(item => $"{item.name} ({string.Join(", ", item.parameter.shape)})").Order(
            StringComparer.Ordinal));
    }

    [Fact]
    public void Initial_weights_follow_the_course_and_depend_on_the_seed_alone()
    {
        TransformerConfig wide = Config with { VocabSize = 2000, DModel = 96, DFf = 256, NumLayers = 1 };
        using TransformerLM model = new(wide with { InitSeed = 5 }), same = new(wide with { InitSeed = 5 }), other = new(
            wide with { InitSeed = 6 });
        Dictionary<string, float[]> weights = WeightsOf(model);
        Assert.Equal(weights["lm_head.weight"], WeightsOf(same)["lm_head.weight"]);
        Assert.NotEqual(weights["lm_head.weight"], WeightsOf(other)["lm_head.weight"]);
        // A normal distribution cut at three sigma has 0.98658 of the deviation.
        AssertDeviation(weights["token_embeddings.weight"], 1);
        AssertDeviation(weights["layers.0.ffn.w1.weight"], Math.Sqrt(2.0 / (96 + 256)));
        AssertDeviation(weights["lm_head.weight"], Math.Sqrt(2.0 / (96 + 2000)));
        Assert.All(weights["ln_final.weight"], gain => Assert.Equal(1, gain));

        static void AssertDeviation(float[] values, double sigma)
        {
            Assert.InRange(values.Max(MathF.Abs), 2.8 * sigma, 3.0001 * sigma);
            Assert.InRange(values.Average(), -0.03 * sigma, 0.03 * sigma);
            Assert.InRange(Math.Sqrt(values.Average(value => (double)value * value)), 0.97 * sigma, 1.0 * sigma);
        }
    }

    [Fact]
    public void A_token_does_not_see_those_after_it()
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config);
        float[] before = [.. model.forward(Ids(Tokens)).narrow(1, 0, 6).contiguous().data<float>()];
        float[] after = [.. model.forward(Ids([.. Tokens[..6], 40, 41, 42, 43])).narrow(1, 0, 6).contiguous().data<float>()];
        Assert.Equal(before, after);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Cached_steps_of_every_variant_give_the_logits_of_the_whole_sequence(string variant)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Configs[variant] with { InitSeed = 3 });
        Tensor whole = model.forward(Ids(Tokens));
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[Config.VocabSize];
        for (int end = 4; end <= Tokens.Length; end++)
        {
            model.Forward(cache, Tokens.AsMemory(cache.Length, end - cache.Length), logits);
            AssertClose(whole[0, end - 1].contiguous().data<float>().ToArray(), logits);
        }
    }

    [Fact]
    public void Absent_layers_have_no_parameters()
    {
        using TransformerLM none = new(
            Config with { NumLayers = 1, Norm = NormPlacement.None, FeedForward = FeedForwardKind.Silu, TiedEmbeddings = true });
        Assert.Equal(
        [
            "layers.0.attn.k_proj.weight", "layers.0.attn.output_proj.weight", "layers.0.attn.q_proj.weight", "layers.0.attn.v_proj.weight",
            "layers.0.ffn.w1.weight", "layers.0.ffn.w2.weight", "token_embeddings.weight",
        ], none.named_parameters().Select(item => item.name).Order(StringComparer.Ordinal));
        using TransformerLM post = new(Config with { NumLayers = 1, Norm = NormPlacement.Post });
        Assert.Contains("ln_final.weight", post.named_parameters().Select(item => item.name));
    }

    [Fact]
    public void Hidden_states_times_the_head_are_the_logits()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (TransformerConfig config in Configs.Values)
        {
            using TransformerLM model = new(config);
            Tensor hidden = model.ForwardHidden(Ids(Tokens));
            Assert.Equal([1, Tokens.Length, config.DModel], hidden.shape);
            Tensor logits = matmul(hidden, model.HeadWeight.t());
            if (config.LogitSoftCap is double cap) logits = cap * (logits / cap).tanh();
            Assert.Equal(model.forward(Ids(Tokens)).data<float>().ToArray(), logits.data<float>().ToArray());
        }
    }

    [Theory]
    [InlineData(ComputePath.Explicit, new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(ComputePath.Fast, new[] { 10 })]
    [InlineData(ComputePath.Fast, new[] { 4, 1, 1, 3, 1 })]
    [InlineData(ComputePath.Explicit, new[] { 4, 1, 1, 3, 1 })]
    public void Cached_steps_give_the_logits_of_the_whole_sequence(ComputePath path, int[] steps)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config with { InitSeed = 3 }, path);
        float[] whole = [.. model.forward(Ids(Tokens)).data<float>()];
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[Config.VocabSize];
        int position = 0;
        foreach (int count in steps)
        {
            model.Forward(cache, Tokens.AsMemory(position, count), logits);
            position += count;
            Assert.Equal(position, cache.Length);
            AssertClose(whole.AsSpan((position - 1) * Config.VocabSize, Config.VocabSize), logits);
        }
    }

    [Fact]
    public void Sequences_of_a_batch_do_not_disturb_each_other()
    {
        using TransformerLM model = new(Config with { InitSeed = 3 });
        int[][] prompts = [[1, 2, 3], [7], [9, 8, 7, 6, 5]];
        float[] together = new float[prompts.Length * Config.VocabSize];
        IKvCache[] caches = [.. prompts.Select(_ => model.CreateCache())];
        model.Forward([.. prompts.Select((prompt, i) => new DecodingInput(caches[i], prompt))], together);
        model.Forward([.. prompts.Select((prompt, i) => new DecodingInput(caches[i], new[] { 10 + i }))], together);
        for (int i = 0; i < prompts.Length; i++)
        {
            using IKvCache cache = model.CreateCache();
            float[] alone = new float[Config.VocabSize];
            model.Forward(cache, (int[])[.. prompts[i], 10 + i], alone);
            AssertClose(alone, together.AsSpan(i * Config.VocabSize, Config.VocabSize));
            caches[i].Dispose();
        }
    }

    [Fact]
    public void A_truncated_cache_goes_on_differently()
    {
        using TransformerLM model = new(Config with { InitSeed = 3 });
        using IKvCache cache = model.CreateCache(), fresh = model.CreateCache();
        float[] actual = new float[Config.VocabSize], expected = new float[Config.VocabSize];
        model.Forward(cache, new[] { 1, 2, 3, 4, 5 }, actual);
        cache.Truncate(2);
        model.Forward(cache, new[] { 30 }, actual);
        model.Forward(fresh, new[] { 1, 2, 30 }, expected);
        AssertClose(expected, actual);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(4));
    }

    [Fact]
    public void A_cache_of_another_model_is_refused()
    {
        using TransformerLM model = new(Config), other = new(Config);
        using IKvCache cache = other.CreateCache();
        Assert.Contains(
            "made by another model", Assert.Throws<ArgumentException>(() => model.Forward(cache, new[] { 1 }, new float[50])).Message);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config);
        Assert.Contains(
            "expected (batch, sequence)", Assert.Throws<ArgumentException>(() => model.forward(zeros(3, dtype: int64))).Message);
        Assert.Contains(
            "17 positions, but context_length is 16",
            Assert.Throws<ArgumentException>(() => model.forward(zeros([1, 17], dtype: int64))).Message);
        Assert.Contains(
            "num_heads 5 does not divide", Assert.Throws<ArgumentException>(() => new TransformerLM(Config with { NumHeads = 5 })).Message);
    }

    [Fact]
    public void Training_passes_and_generated_tokens_leave_no_tensors_behind()
    {
        using TransformerLM model = new(Config);
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[Config.VocabSize];
        Pass();
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++) Pass();
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Pass()
        {
            using (DisposeScope scope = NewDisposeScope())
            {
                model.forward(Ids(Tokens)).mean().backward();
            }
            model.Forward(cache, new[] { 5, 6 }, logits);
            model.Forward(cache, new[] { 7 }, logits);
            cache.Truncate(0);
        }
    }

    /// <summary>Gates begin closed to their input: draws them, so that what it does shows.</summary>
    private static void Open(TransformerLM model)
    {
        using IDisposable noGradients = no_grad();
        using Generator generator = new(7);
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
            if (name.EndsWith("gate.weight", StringComparison.Ordinal)) parameter.normal_(0, 0.5, generator);
    }

    private static Tensor Ids(int[] tokens) => tensor(tokens.Select(id => (long)id).ToArray(), [1, tokens.Length]);

    private static Dictionary<string, float[]> WeightsOf(TransformerLM model) =>
        model.named_parameters().ToDictionary(item => item.name, item => item.parameter.data<float>().ToArray());

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float tolerance = 1e-5f * expected.ToArray().Max(MathF.Abs);
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }
}
