using System.Reflection;
using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;
using Linear = Cs336.Transformer.Linear;
using Parameter = TorchSharp.Modules.Parameter;
using Sequential = TorchSharp.Modules.Sequential;

namespace Cs336.Hosting.Tests;

/// <summary>Runs the examples of docs/assignment.md, each against a computation of the test's own.</summary>
public sealed class AssignmentPageTests : IDisposable
{
    private const string Page = "docs/assignment.md";
    private const int Width = 12, Heads = 3, Inner = 20, Length = 7, Theta = 100;
    private static readonly Lazy<Type> Adapters =
        new(() => PageCompiler.Load(Page, PageTests.ContextOf(Page)).GetType("Adapters", throwOnError: true)!);

    private readonly DisposeScope _scope;
    private readonly Generator _generator;
    private readonly TemporaryFolder _folder = new();

    public AssignmentPageTests()
    {
        LibTorch.EnsureLoaded();
        (_scope, _generator) = (NewDisposeScope(), new Generator(336, CPU));
    }

    public void Dispose()
    {
        _generator.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_function_of_the_course_has_its_row_and_its_example()
    {
        string[] functions =
            ["run_linear", "run_embedding", "run_swiglu", "run_scaled_dot_product_attention", "run_multihead_self_attention",
            "run_multihead_self_attention_with_rope", "run_rope", "run_transformer_block", "run_transformer_lm", "run_rmsnorm",
            "run_silu", "run_get_batch",
            "run_softmax", "run_cross_entropy", "run_gradient_clipping", "get_adamw_cls", "run_get_lr_cosine_schedule",
            "run_save_checkpoint",
            "run_load_checkpoint", "get_tokenizer", "run_train_bpe"];
        MarkdownPage page = MarkdownPage.Read(Page);
        string[] methods =
            [.. Adapters.Value.GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name.ToLowerInvariant())];
        foreach (string function in functions)
        {
            Assert.Equal(2, page.Text.Split($"`{function}`").Length - 1); // in the table, and before its example
            string name = function.Replace("_cls", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
            Assert.Contains(name, methods);
        }
    }

    [Fact]
    public void Linear_embedding_and_silu()
    {
        Tensor x = Draw(2, 3, Width), w = Draw(Inner, Width);
        AssertNear(einsum("...i,oi->...o", x, w), Call<Tensor>("RunLinear", w, x));
        Tensor table = Draw(30, Width), ids = randint(0, 30, [2, 4, 5], dtype: int64, generator: _generator);
        AssertNear(table[ids], Call<Tensor>("RunEmbedding", 30, Width, table, ids));
        AssertNear(x / (1 + (-x).exp()), Call<Tensor>("RunSilu", x));
    }

    [Fact]
    public void Feed_forward_and_norm()
    {
        Tensor x = Draw(2, 3, Width), w1 = Draw(Inner, Width), w2 = Draw(Width, Inner), w3 = Draw(Inner, Width), gain = Draw(Width);
        AssertNear(FeedForward(x, w1, w2, w3), Call<Tensor>("RunSwiGlu", Width, Inner, w1, w2, w3, x));
        AssertNear(Norm(x, gain, 1e-3), Call<Tensor>("RunRmsNorm", Width, 1e-3, gain, x));
    }

    [Fact]
    public void Attention_with_a_mask_and_softmax()
    {
        Tensor q = Draw(2, 4, 5, 8), k = Draw(2, 4, 6, 8), v = Draw(2, 4, 6, 8), mask = Draw(2, 4, 5, 6) > -0.5;
        mask.select(-1, 0).fill_(true);
        Tensor scores = einsum("bhqd,bhkd->bhqk", q, k) / Math.Sqrt(8);
        Tensor weights = scores.exp() * mask.to_type(float32);
        AssertNear(
            einsum("bhqk,bhkd->bhqd", weights / weights.sum(-1, keepdim: true), v),
            Call<Tensor>("RunScaledDotProductAttention", q, k, v, mask));
        AssertNear(einsum("bhqk,bhkd->bhqd", scores.softmax(-1), v), Call<Tensor>("RunScaledDotProductAttention", q, k, v, null));
        AssertNear(scores.exp() / scores.exp().sum(1, keepdim: true), Call<Tensor>("RunSoftmax", scores, 1));
        AssertNear(Call<Tensor>("RunSoftmax", scores, -1), Call<Tensor>("RunSoftmax", scores + 100, -1));
    }

    [Fact]
    public void Self_attention_without_and_with_positions()
    {
        Tensor x = Draw(2, Length, Width);
        Tensor[] w = [.. Enumerable.Range(0, 4).Select(_ => Draw(Width, Width) / 3)];
        Tensor positions = randint(0, 50, [2, Length], dtype: int64, generator: _generator), usual = arange(Length, dtype: int64);
        AssertNear(Attention(x, w, null), Call<Tensor>("RunMultiheadSelfAttention", Width, Heads, w[0], w[1], w[2], w[3], x));
        Tensor WithRope(Tensor? p) =>
            Call<Tensor>("RunMultiheadSelfAttentionWithRope", Width, Heads, 50, (double)Theta, w[0], w[1], w[2], w[3], x, p);
        AssertNear(Attention(x, w, positions), WithRope(positions));
        AssertNear(Attention(x, w, usual), WithRope(null));
        AssertNear(Attention(x, w, usual), WithRope(usual.unsqueeze(0)));
        AssertNear(Rotated(x, positions), Call<Tensor>("RunRope", Width, (double)Theta, 50, x, positions));
    }

    [Fact]
    public void Block_and_model()
    {
        TransformerConfig config =
            new() { VocabSize = 30, ContextLength = 16, DModel = Width, NumLayers = 2, NumHeads = Heads, DFf = Inner, RopeTheta = Theta };
        Dictionary<string, Tensor> weights = [];
        using (TransformerLM shapes = new(config))
            foreach ((string name, Parameter parameter) in shapes.named_parameters()) weights[name] = Draw(parameter.shape) / 3;
        Dictionary<string, Tensor> first = weights.Where(item => item.Key.StartsWith("layers.0.", StringComparison.Ordinal))
            .ToDictionary(item => item.Key[9..], item => item.Value);
        Tensor x = Draw(2, Length, Width);
        AssertNear(Block(x, first), Call<Tensor>("RunTransformerBlock", Width, Heads, Inner, 16, (double)Theta, first, x));

        Tensor ids = randint(0, 30, [2, Length], dtype: int64, generator: _generator), hidden = weights["token_embeddings.weight"][ids];
        for (int layer = 0; layer < 2; layer++)
            hidden = Block(
                hidden, weights.Where(item => item.Key.StartsWith($"layers.{layer}.", StringComparison.Ordinal))
                    .ToDictionary(item => item.Key[9..], item => item.Value));
        Tensor logits = einsum("btd,vd->btv", Norm(hidden, weights["ln_final.weight"], 1e-5), weights["lm_head.weight"]);
        AssertNear(logits, Call<Tensor>("RunTransformerLM", config, weights, ids));
    }

    [Fact]
    public void Batch_loss_clipping_and_schedule()
    {
        int[] data = [.. Enumerable.Range(0, 100)];
        (Tensor inputs, Tensor targets) = Call<(Tensor, Tensor)>("RunGetBatch", data, 32, 7, new SeededRandom(1), CPU);
        Assert.Equal([32, 7], inputs.shape);
        AssertNear(inputs + 1, targets);

        Tensor logits = Draw(8, 5), ids = randint(0, 5, [8], dtype: int64, generator: _generator);
        double nats = Enumerable.Range(0, 8).Average(
            i => Math.Log(
            Enumerable.Range(0, 5).Sum(j => Math.Exp(logits[i, j].item<float>()))) - logits[i, (int)ids[i].item<long>()].item<float>());
        Assert.Equal(nats, Call<Tensor>("RunCrossEntropy", logits, ids).item<float>(), 1e-5);
        Assert.True(double.IsFinite(Call<Tensor>("RunCrossEntropy", logits * 1000, ids).item<float>()));

        Parameter[] parameters = [new(zeros(3)), new(zeros(2)), new(zeros(2), requires_grad: false)];
        (parameters[0].grad, parameters[1].grad) = (tensor(new float[] { 3, 0, 0 }), tensor(new float[] { 0, 4 }));
        Call<object?>("RunGradientClipping", parameters, 0.5);
        Assert.Equal([0.3f, 0, 0], parameters[0].grad!.data<float>().ToArray().Select(value => MathF.Round(value, 5)));
        Assert.Equal([0, 0.4f], parameters[1].grad!.data<float>().ToArray().Select(value => MathF.Round(value, 5)));

        double Rate(long it) => Call<double>("RunGetLrCosineSchedule", it, 1.0, 0.1, 7L, 21L);
        Assert.Equal(
            [0, 3 / 7.0, 1, 0.1 + 0.45 * (1 + Math.Cos(Math.PI * 5 / 14)), 0.1, 0.1],
            ((long[])[0, 3, 7, 12, 21, 30]).Select(it => Math.Round(Rate(it), 15)).ToArray(), Close);
    }

    [Fact]
    public void AdamW_and_checkpoints()
    {
        using Sequential model = nn.Sequential(("first", new Linear(4, 5, _generator)), ("second", new Linear(5, 2, _generator)));
        Parameter[] parameters = [.. model.parameters()];
        double[] expected = Values(parameters), m = new double[expected.Length], v = new double[expected.Length];
        using AdamW optimizer = Call<AdamW>("GetAdamW", parameters, 0.01, 0.9, 0.999, 1e-8);
        for (int step = 1; step <= 5; step++)
        {
            optimizer.ZeroGrad();
            model.forward(Draw(6, 4)).pow(2).mean().backward();
            double[] gradients = [.. parameters.SelectMany(p => p.grad!.data<float>().ToArray()).Select(value => (double)value)];
            for (int i = 0; i < expected.Length; i++)
            {
                m[i] = 0.9 * m[i] + 0.1 * gradients[i];
                v[i] = 0.999 * v[i] + 0.001 * gradients[i] * gradients[i];
                expected[i] -= 1e-2 * 0.01 * expected[i];
                expected[i] -= 1e-2 * Math.Sqrt(1 - Math.Pow(0.999, step)) / (1 - Math.Pow(0.9, step)) * m[i] / (
                    Math.Sqrt(v[i]) + 1e-8 * Math.Sqrt(1 - Math.Pow(0.999, step)));
            }
            optimizer.Step(1e-2);
        }
        Assert.Equal(expected, Values(parameters), Close);

        string folder = _folder.File("checkpoint");
        Call<object?>("RunSaveCheckpoint", model, optimizer, 5L, folder);
        using Sequential other = nn.Sequential(("first", new Linear(4, 5, _generator)), ("second", new Linear(5, 2, _generator)));
        using AdamW fresh = Call<AdamW>("GetAdamW", other.parameters(), 0.01, 0.9, 0.999, 1e-8);
        Assert.Equal(5, Call<long>("RunLoadCheckpoint", folder, other, fresh));
        Assert.Equal(Values(parameters), Values(other.parameters()));
        foreach ((string name, Tensor state) in optimizer.State) AssertNear(state, fresh.State[name]);
    }

    [SharedDataFact("cs336/corpus.en", "cs336/train-bpe-reference-merges.txt")]
    public void The_course_s_corpus_trains_to_the_course_s_merges()
    {
        (Dictionary<int, byte[]> vocabulary, IReadOnlyList<(byte[] Left, byte[] Right)> merges) =
            Call<(Dictionary<int, byte[]>, IReadOnlyList<(byte[], byte[])>)>(
            "RunTrainBpe", SharedData.TryFind("cs336/corpus.en")!, 500, (string[])["<|endoftext|>"]);
        Assert.Equal(500, vocabulary.Count);
        string[] expected = File.ReadAllLines(SharedData.TryFind("cs336/train-bpe-reference-merges.txt")!);
        Assert.Equal(expected.Length, merges.Count);
        Assert.Equal(expected.Where(line => line.All(c => c < 128)), // GPT-2's letters for printable ASCII are themselves
            expected.Zip(merges).Where(pair => pair.First.All(c => c < 128))
                .Select(pair => $"{Encoding.UTF8.GetString(pair.Second.Left)} {Encoding.UTF8.GetString(pair.Second.Right)}"));
    }

    [Fact]
    public void Trained_vocabularies_make_tokenizers()
    {
        string text = "the cat sat<|endoftext|>the cat ate 🐟<|endoftext|>", path = _folder.File("text.txt");
        File.WriteAllText(path, text);
        (Dictionary<int, byte[]> vocabulary, IReadOnlyList<(byte[] Left, byte[] Right)> merges) =
            Call<(Dictionary<int, byte[]>, IReadOnlyList<(byte[], byte[])>)>("RunTrainBpe", path, 262, (string[])["<|endoftext|>"]);
        BpeTokenizer tokenizer = Call<BpeTokenizer>("GetTokenizer", vocabulary, merges, (string[])["<|endoftext|>"]);
        int[] ids = Call<int[]>("Encode", tokenizer, text);
        Assert.Equal(2, ids.Count(id => vocabulary[id].AsSpan().SequenceEqual("<|endoftext|>"u8)));
        Assert.Equal(Encoding.UTF8.GetBytes(text), ids.SelectMany(id => vocabulary[id]));
        Assert.Equal(ids, Call<IEnumerable<int>>("EncodeIterable", tokenizer, new MemoryStream(Encoding.UTF8.GetBytes(text))));
        Assert.Equal(text, Call<string>("Decode", tokenizer, ids));
    }

    private static T Call<T>(string method, params object?[] arguments)
    {
        MethodInfo found = Adapters.Value.GetMethod(method) ?? throw new InvalidOperationException($"{Page} has no {method}.");
        return (T)found.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
    }

    private Tensor Draw(params long[] shape) => randn(shape, generator: _generator);

    private static Tensor Norm(Tensor x, Tensor gain, double epsilon) => x / (x.pow(2).mean([-1], keepdim: true) + epsilon).sqrt() * gain;

    private static Tensor FeedForward(Tensor x, Tensor w1, Tensor w2, Tensor w3)
    {
        Tensor gate = einsum("...i,oi->...o", x, w1);
        return einsum("...i,oi->...o", gate * gate.sigmoid() * einsum("...i,oi->...o", x, w3), w2);
    }

    private static Tensor Rotated(Tensor x, Tensor positions)
    {
        long pairs = x.size(-1) / 2;
        Tensor angles = positions.to_type(float64).unsqueeze(-1) * pow((double)Theta, arange(pairs, dtype: float64) * (-1.0 / pairs));
        Tensor even = x.reshape([.. x.shape[..^1], pairs, 2]).select(-1, 0), odd = x.reshape([.. x.shape[..^1], pairs, 2]).select(-1, 1);
        return stack([even * angles.cos() - odd * angles.sin(), even * angles.sin() + odd * angles.cos()], -1).flatten(-2).to_type(float32);
    }

    private static Tensor Attention(Tensor x, Tensor[] weights, Tensor? positions)
    {
        int size = Width / Heads;
        List<Tensor> heads = [];
        for (int head = 0; head < Heads; head++)
        {
            Tensor[] qkv = [.. weights[..3].Select(w => einsum("bti,oi->bto", x, w.narrow(0, head * size, size)))];
            if (positions is not null) (qkv[0], qkv[1]) = (Rotated(qkv[0], positions), Rotated(qkv[1], positions));
            Tensor scores = einsum("bqd,bkd->bqk", qkv[0], qkv[1]) / Math.Sqrt(size);
            scores = scores.masked_fill(ones([Length, Length], dtype: @bool).triu(1), double.NegativeInfinity);
            heads.Add(einsum("bqk,bkd->bqd", scores.softmax(-1), qkv[2]));
        }
        return einsum("bti,oi->bto", cat(heads, -1), weights[3]);
    }

    private static Tensor Block(Tensor x, Dictionary<string, Tensor> w)
    {
        Tensor[] attention = [.. new[] { "q_proj", "k_proj", "v_proj", "output_proj" }.Select(name => w[$"attn.{name}.weight"])];
        Tensor y = x + Attention(Norm(x, w["ln1.weight"], 1e-5), attention, arange(Length, dtype: int64));
        return y + FeedForward(Norm(y, w["ln2.weight"], 1e-5), w["ffn.w1.weight"], w["ffn.w2.weight"], w["ffn.w3.weight"]);
    }

    private static double[] Values(IEnumerable<Parameter> parameters) =>
        [.. parameters.SelectMany(parameter => parameter.detach().data<float>().ToArray()).Select(value => (double)value)];

    private static bool Close(double expected, double actual) => Math.Abs(expected - actual) < 1e-6;

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(allclose(expected.to_type(float64), actual.to_type(float64), rtol: 1e-3, atol: 1e-4), $"{actual} is not {expected}");
    }
}
