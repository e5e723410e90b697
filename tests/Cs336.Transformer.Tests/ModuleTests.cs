using System.Runtime.InteropServices;
using Cs336.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>The model and its layers behave as TorchSharp's own modules do.</summary>
public sealed class ModuleTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize =
            50, ContextLength = 16, DModel = 24, NumLayers = 2, NumHeads = 6, NumKvHeads = 2, DFf = 40, RopeTheta = 100, InitSeed = 1,
    };

    private static readonly string[] BlockNames =
    [
        "ln1.weight", "attn.q_proj.weight", "attn.k_proj.weight", "attn.v_proj.weight", "attn.output_proj.weight",
        "ln2.weight", "ffn.w1.weight", "ffn.w2.weight", "ffn.w3.weight",
    ];

    public static TheoryData<string, ComputePath> Variants
    {
        get
        {
            TheoryData<string, ComputePath> data = [];
            foreach (string variant in TransformerLMTests.Configs.Keys)
                foreach (ComputePath path in Enum.GetValues<ComputePath>()) data.Add(variant, path);
            return data;
        }
    }

    [Fact]
    public void State_has_the_names_of_the_course_each_once()
    {
        using TransformerLM model = new(Config);
        _ = Logits(model); // the rotary tables are there, and are no state
        string[] names =
            ["token_embeddings.weight", .. Named("layers.0", BlockNames), .. Named("layers.1", BlockNames), "ln_final.weight",
            "lm_head.weight"];
        Assert.Equal(names, model.state_dict().Keys);
        Assert.Equal(names, model.named_parameters().Select(item => item.name));
        Assert.Equal(names.Length, model.parameters().Distinct().Count());
        Assert.Empty(model.named_buffers());
        Assert.Equal(["token_embeddings", "layers", "ln_final", "lm_head"], model.named_children().Select(item => item.name));
        Assert.Equal(
            ["attn", "attn.k_proj", "attn.output_proj", "attn.q_proj", "attn.v_proj", "ffn", "ffn.w1", "ffn.w2", "ffn.w3", "ln1", "ln2"],
            Block(model, 1).named_modules().Select(item => item.name).Order(StringComparer.Ordinal));
        Assert.Equal(28, model.modules().Count()); // 4, and 12 for each block
        Assert.Equal(28, model.modules().Distinct().Count());
        Assert.Equal(BlockNames, Block(model, 1).state_dict().Keys);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void State_of_one_model_makes_another_compute_the_same(string variant, ComputePath path)
    {
        TransformerConfig config = TransformerLMTests.Configs[variant];
        using TransformerLM model = new(config with { InitSeed = 1 }, path), other = new(config with { InitSeed = 2 }, path);
        float[] expected = Logits(model);
        Assert.NotEqual(expected, Logits(other));
        (IList<string> missing, IList<string> unexpected) = other.load_state_dict(model.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Equal(expected, Logits(other));
        Assert.Equal(config.TiedEmbeddings, !model.state_dict().ContainsKey("lm_head.weight"));
        Assert.Equal(model.named_parameters().Count(), model.state_dict().Count);
    }

    [Fact]
    public void State_that_fits_in_part_is_refused_or_where_allowed_loaded_in_part()
    {
        using TransformerLM model = new(Config), other = new(Config with { InitSeed = 2 });
        using Tensor unknown = zeros(1);
        Dictionary<string, Tensor> state = model.state_dict();
        state.Remove("layers.1.ffn.w3.weight");
        state.Add("layers.0.rope.sin", unknown);
        Assert.Throws<InvalidOperationException>(() => other.load_state_dict(state));
        (IList<string> missing, IList<string> unexpected) = other.load_state_dict(state, strict: false);
        Assert.Equal(["layers.1.ffn.w3.weight"], missing);
        Assert.Equal(["layers.0.rope.sin"], unexpected);
        Assert.Equal(
            ["layers.1.ffn.w3.weight"],
            model.named_parameters()
                .Where(item => !item.parameter.data<float>().SequenceEqual(other.get_parameter(item.name)!.data<float>()))
                .Select(item => item.name));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void File_of_TorchSharp_makes_another_model_compute_the_same(string variant, ComputePath path)
    {
        TransformerConfig config = TransformerLMTests.Configs[variant];
        using TemporaryFolder folder = new();
        using TransformerLM model = new(config with { InitSeed = 1 }, path), other = new(config with { InitSeed = 2 }, path);
        model.save(folder.File("model.dat"));
        Dictionary<string, bool> loaded = [];
        Assert.Same(other, other.load(folder.File("model.dat"), loadedParameters: loaded));
        Assert.Equal(model.state_dict().Keys, loaded.Keys);
        Assert.Equal(Logits(model), Logits(other));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Loop_with_an_optimizer_of_TorchSharp_trains_every_parameter(string variant, ComputePath path)
    {
        using TransformerLM model = new(TransformerLMTests.Configs[variant] with { InitSeed = 1 }, path);
        Dictionary<string, float[]> before = Values(model);
        using optim.Optimizer optimizer = optim.AdamW(model.parameters(), lr: 1e-2);
        using Tensor ids = tensor(Enumerable.Range(0, 32).Select(i => (long)(i * i % 7)).ToArray(), [4, 8]);
        List<float> losses = [];
        List<long> live = [];
        model.train();
        for (int step = 0; step < 8; step++)
        {
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                Tensor logits = model.call(ids.narrow(1, 0, 7));
                Tensor loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids.narrow(1, 1, 7).flatten());
                loss.backward();
                optimizer.step();
                losses.Add(loss.item<float>());
            }
            live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
        model.eval();
        Assert.False(model.training);
        Assert.All(losses.Zip(losses.Skip(1)), pair => Assert.True(pair.Second < pair.First, string.Join(", ", losses)));
        Assert.All(live.Skip(1), count => Assert.Equal(live[1], count)); // the first step makes the optimizer's state
        Assert.Equal(before.Keys, Values(model).Where(item => !item.Value.SequenceEqual(before[item.Key])).Select(item => item.Key));
        Assert.Equal(model.parameters().Sum(parameter => parameter.numel()), model.state_dict().Values.Sum(value => value.numel()));
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void Disposing_disposes_what_is_owned_once_and_leaves_what_is_shared(ComputePath path)
    {
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        TransformerLM model = new(Config, path);
        _ = Logits(model);
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor input = ones(1, 16, Config.DModel), expected = Block(model, 1).call(input);
            Block(model, 0).Dispose();
            Block(model, 0).Dispose();
            Assert.All(Block(model, 0).parameters(), parameter => Assert.True(parameter.IsInvalid));
            AssertEqual(expected, Block(model, 1).call(input));
            Block(model, 1).get_parameter("attn.q_proj.weight")!.sum().backward(); // what is left can be trained
            Block(model, 1).zero_grad();
        }
        model.Dispose();
        model.Dispose();
        Block(model, 1).Dispose();
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Disposing_one_layer_leaves_those_beside_it()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        using RotaryEmbedding rope = new(100, Config.HeadSize, Config.ContextLength, CPU);
        using CausalSelfAttention kept = new(Config, rope, ComputePath.Fast, generator, CPU);
        Tensor input = ones(1, 16, Config.DModel), expected = kept.call(input);
        CausalSelfAttention other = new(Config, rope, ComputePath.Fast, generator, CPU);
        Assert.Equal(["q_proj.weight", "k_proj.weight", "v_proj.weight", "output_proj.weight"], other.state_dict().Keys);
        _ = other.call(input);
        other.Dispose();
        AssertEqual(expected, kept.call(input));
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void Model_moves_to_another_device_and_its_rotary_tables_with_it(ComputePath path)
    {
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (TransformerLM model = new(Config, path), madeThere = new(Config, path, META))
        {
            float[] expected = Logits(model);
            Assert.Same(model, model.to(CPU));
            Assert.Same(model, model.cpu());
            Assert.Same(model, model.to(CPU, float32));
            Assert.Equal(expected, Logits(model));
            Assert.Same(model, model.to(META));
            Assert.Equal((DeviceType.META, DeviceType.META), (model.Device.type, madeThere.Device.type));
            Assert.All(
                model.parameters().Concat(madeThere.parameters()), parameter => Assert.Equal(DeviceType.META, parameter.device_type));
            if (path == ComputePath.Explicit) // neither libtorch's embeddings nor its fused attention run there
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor output = Block(model, 1).call(Block(model, 0).call(zeros([2, 16, Config.DModel], device: META)));
                Assert.Equal((DeviceType.META, "2, 16, 24"), (output.device_type, string.Join(", ", output.shape)));
            }
            // There is nothing to copy from there, but it is tried: all that was made there knows that it is not on the processor.
            foreach ((_, nn.Module module) in madeThere.named_children())
                Assert.Contains("meta", Assert.Throws<ExternalException>(() => module.to(CPU)).Message);
        }
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void Rotary_tables_go_with_the_layers_that_use_them(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        using RotaryEmbedding rope = new(100, Config.HeadSize, Config.ContextLength, CPU, path);
        using CausalSelfAttention attention = new(Config, rope, path, generator, CPU);
        Tensor input = ones(1, 16, Config.HeadSize), expected = rope.Rotate(input, 0);
        attention.to(META);
        Assert.Equal(DeviceType.META, rope.Rotate(input.to(META), 0).device_type);
        Assert.Same(rope, rope.to(CPU));
        AssertEqual(expected, rope.Rotate(input, 0));
        AssertEqual(expected, rope.to(float16).Rotate(input, 0)); // there is nothing of another type
    }

    [Fact]
    public void Weights_stay_float32_and_a_call_to_change_their_type_is_refused_and_changes_nothing()
    {
        using TransformerLM model = new(Config);
        float[] expected = Logits(model);
        Assert.Same(model, model.@float());
        Refused("TransformerLM was to become Float16, but its weights stay Float32", () => model.half());
        Refused("set the model's Precision to Precision.BFloat16", () => model.bfloat16());
        Refused("Float64", () => model.to(float64));
        Refused("Int64", () => model.to(int64));
        Refused("BFloat16", () => model.to(CPU, bfloat16));
        Refused("TransformerBlock was to become Float16", () => Block(model, 0).half());
        Refused("Linear was to become Float16", () => ((Linear)model.named_children().Last().module).half());
        Assert.Equal(expected, Logits(model));

        static void Refused(string message, Func<object> change) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(change).Message);
    }

    [Fact]
    public void Layers_work_in_modules_of_ones_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        using RotaryEmbedding rope = new(100, Config.HeadSize, Config.ContextLength, CPU);
        using OwnModule module = new(
            new TransformerBlock(Config, rope, ComputePath.Fast, generator, CPU), new Linear(Config.DModel, 3, generator, CPU), rope);
        using OwnModule other = new(
            new TransformerBlock(Config, rope, ComputePath.Fast, generator, CPU), new Linear(Config.DModel, 3, generator, CPU), rope);
        Tensor input = ones(2, 16, Config.DModel);
        Tensor expected = module.call(input);
        Assert.Equal([.. Named("block", BlockNames), "classes.weight"], module.state_dict().Keys);
        other.load_state_dict(module.state_dict());
        AssertEqual(expected, other.call(input));
        using Sequential sequence = nn.Sequential(("first", module.Block), ("second", module.Classes));
        AssertEqual(expected, sequence.call(input));
        Assert.Equal(10, sequence.state_dict().Count);
    }

    [Fact]
    public void Hooks_of_every_layer_run_once_a_pass()
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config);
        List<string> called = [];
        string[] names = [.. model.named_modules().Where(item => item.module is TransformerModule).Select(item => item.name)];
        foreach ((string name, nn.Module module) in model.named_modules())
            if (module is TransformerModule layer) layer.register_forward_hook((_, _, output) => { called.Add(name); return output; });
        model.call(zeros([1, 4], dtype: int64));
        Assert.Equal(27, names.Length);
        Assert.Equal(names.Order(), called.Order());
    }

    private static TransformerBlock Block(TransformerLM model, int index) =>
        ((ModuleList<TransformerBlock>)model.named_children().Single(item => item.name == "layers").module)[index];

    private static IEnumerable<string> Named(string prefix, string[] names) => names.Select(name => $"{prefix}.{name}");

    private static float[] Logits(TransformerLM model)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        return [.. model.call(arange(0, 16, dtype: int64).view(1, 16)).data<float>()];
    }

    private static void AssertEqual(Tensor expected, Tensor actual) =>
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());

    private static Dictionary<string, float[]> Values(TransformerLM model) =>
        model.state_dict().ToDictionary(item => item.Key, item => item.Value.data<float>().ToArray());

    /// <summary>As TorchSharp's users write them: fields, which it registers by itself.</summary>
    private sealed class OwnModule : nn.Module<Tensor, Tensor>
    {
        private readonly TransformerBlock block;
        private readonly Linear classes;
        private readonly RotaryEmbedding rope;

        public OwnModule(TransformerBlock block, Linear classes, RotaryEmbedding rope) : base(nameof(OwnModule))
        {
            (this.block, this.classes, this.rope) = (block, classes, rope);
            RegisterComponents();
        }

        public TransformerBlock Block => block;

        public Linear Classes => classes;

        public override Tensor forward(Tensor input) => classes.call(block.call(input));
    }
}
