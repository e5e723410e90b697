using Cs336.Testing;
using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class LanguageModelLossTests
{
    private static readonly TransformerConfig Config = new() { VocabSize = 37, ContextLength = 12, DModel = 16, NumLayers = 2,
        NumHeads = 2, DFf = 24 };

    [Theory]
    [InlineData(null, false, 0)]
    [InlineData(1, false, 0)]
    [InlineData(7, false, 0)]
    [InlineData(7, true, 0)]
    [InlineData(36, false, 0)]
    [InlineData(1_000, true, 0)]
    [InlineData(null, false, 1e-2)]
    [InlineData(5, true, 1e-2)]
    [InlineData(null, false, 0, 2.0)]
    [InlineData(5, true, 0, 0.5)]
    [InlineData(7, false, 1e-2, 1.5)]
    [InlineData(7, true, 1e-2, 30.0)]
    public void Loss_and_gradients_are_those_of_the_plain_path(int? chunk, bool tied, double zLoss, double? softCap = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(
            Config with { TiedEmbeddings = tied, LogitSoftCap = softCap, EmbeddingScale = softCap is null ? null : 4 });
        TokenBatch batch = Batch();
        (double plainLoss, Dictionary<string, Tensor> expected) = Plain(model, batch, zLoss);

        double loss = LanguageModelLoss.Backward(model, batch, new LossOptions { ChunkTokens = chunk, ZLossWeight = zLoss });

        Assert.Equal(plainLoss, loss, 1e-5);
        AssertGradients(expected, model, 1e-5);
        Assert.Equal(plainLoss, LanguageModelLoss.Compute(model, batch, new LossOptions { ChunkTokens = chunk }), 1e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-2)]
    public void On_other_devices_a_soft_cap_has_the_same_loss_and_gradients(double zLoss)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor row = random.Normal([6, 37]) * 4, other = row.clone(), ids = random.Ids(37, [6]);
        double loss = CrossEntropy.InPlace(row, ids, 0.25, zLoss, withGradient: true, softCap: 2);
        Assert.Equal(loss, CrossEntropy.InTensorOperations(other, ids, 0.25, zLoss, withGradient: true, softCap: 2), 1e-5);
        Assert.True(allclose(row, other, atol: 1e-6));
    }

    [Fact]
    public void Batches_accumulate_into_the_mean_of_a_larger_one()
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config);
        TokenBatch whole = Batch();
        (double plainLoss, Dictionary<string, Tensor> expected) = Plain(model, whole, 0);
        double sum = 0;
        for (int row = 0; row < 3; row++)
            sum += LanguageModelLoss.Backward(model, new TokenBatch(whole.Inputs.narrow(0, row, 1), whole.Targets.narrow(0, row, 1)),
                scale: 1 / 3.0);
        Assert.Equal(plainLoss, sum / 3, 1e-5);
        AssertGradients(expected, model, 1e-5);
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void In_bfloat16_loss_and_gradients_are_near_those_of_float32(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config, path);
        TokenBatch batch = Batch();
        (double plainLoss, Dictionary<string, Tensor> expected) = Plain(model, batch, 0);
        model.Precision = Precision.BFloat16;
        double loss = LanguageModelLoss.Backward(model, batch);
        Assert.NotEqual(plainLoss, loss);
        Assert.Equal(plainLoss, loss, 0.02 * plainLoss);
        AssertGradients(expected, model, 0.05);
        Assert.All(model.parameters(), parameter => Assert.Equal((float32, float32), (parameter.dtype, parameter.grad!.dtype)));
    }

    // Where they do not, clipping and AdamW take the slow way, one tensor operation after the other.
    [Theory]
    [InlineData(null, false)]
    [InlineData(100, false)]
    [InlineData(100, true)]
    public void Gradients_lie_in_memory_as_their_parameters_do(int? chunk, bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using TransformerLM model = new(Config with { VocabSize = 300, DModel = 64, ContextLength = 64, TiedEmbeddings = tied });
        TokenBatch batch = new(random.Ids(300, [6, 64]), random.Ids(300, [6, 64]));
        (_, Dictionary<string, Tensor> expected) = Plain(model, batch, 0);
        for (int i = 0; i < 2; i++) LanguageModelLoss.Backward(model, batch, new LossOptions { ChunkTokens = chunk }, scale: 0.5);
        AssertGradients(expected, model, 1e-4);
        Assert.All(model.parameters(), parameter => Assert.True(TensorSpan.CanBeOf(parameter.grad!)));
    }

    [Theory]
    [InlineData(false, NormPlacement.Pre)]
    [InlineData(true, NormPlacement.Pre)]
    [InlineData(false, NormPlacement.Post)]
    [InlineData(true, NormPlacement.None)]
    [InlineData(false, NormPlacement.Pre, true)]
    public void Gradients_are_told_of_when_they_are_complete_and_have_the_same_bits(bool tied, NormPlacement norm, bool isRecent = false)
    {
        using DisposeScope scope = NewDisposeScope();
        TransformerConfig config = Config with { TiedEmbeddings = tied, Norm = norm };
        using TransformerLM model = new(isRecent
            ? config with { ValueEmbeddings = true, EmbeddingScale = 4, LogitSoftCap = 15, QkNorm = true, UNetSkips = true, NumLayers = 4 }
                : config);
        double expectedLoss = LanguageModelLoss.Backward(model, Batch(), scale: 0.5);
        Dictionary<string, float[]> expected = Gradients();
        model.zero_grad();
        List<string> told = [];
        Dictionary<string, float[]> atOnce = [];

        double loss = LanguageModelLoss.Backward(model, Batch(), null, 0.5, completed =>
        {
            foreach (Tensor parameter in completed)
            {
                string name = model.named_parameters().Single(item => item.parameter.Handle == parameter.Handle).name;
                told.Add(name);
                atOnce[name] = parameter.grad!.data<float>().ToArray();
            }
        });

        Assert.Equal(expectedLoss, loss);
        Assert.Equal(expected.Keys.Order(), told.Order());
        if (isRecent)
            Assert.All(expected, item => Assert.All(item.Value.Zip(atOnce[item.Key]), pair => Assert.Equal(pair.First, pair.Second, 1e-6)));
        else Assert.Equal(expected, atOnce);
        Assert.Equal(atOnce, Gradients());
        Assert.Equal(tied ? "token_embeddings.weight" : "lm_head.weight", tied ? told[^1] : told[0]);

        Dictionary<string, float[]> Gradients() =>
            model.named_parameters().ToDictionary(item => item.name, item => item.parameter.grad!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_thousand_passes_leave_no_tensor_behind(bool tells)
    {
        using TransformerLM model = new(Config);
        List<long> live = [];
        for (int i = 0; i < 1_000; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            if (tells) LanguageModelLoss.Backward(model, Batch(), null, 1, _ => { });
            else LanguageModelLoss.Backward(model, Batch());
            live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
        Assert.Single(live.Distinct());
    }

    [Fact]
    public void Unsound_options_are_refused_all_at_once()
    {
        IReadOnlyList<string> problems = new LossOptions { ZLossWeight = double.NaN, ChunkTokens = 0 }.FindProblems();
        Assert.Equal(["z_loss_weight is NaN, but must be a finite number of at least 0.", "chunk_tokens is 0, but must be at least 1."],
            problems);
    }

    private static TokenBatch Batch()
    {
        using Generator generator = new(5);
        Tensor ids = randint(0, Config.VocabSize, [3, 13], dtype: int64, generator: generator);
        return new TokenBatch(ids.narrow(1, 0, 12), ids.narrow(1, 1, 12));
    }

    /// <summary>What automatic differentiation of the whole logits gives; leaves no gradient behind.</summary>
    private static (double Loss, Dictionary<string, Tensor> Gradients) Plain(TransformerLM model, TokenBatch batch, double zLoss)
    {
        Tensor logits = model.forward(batch.Inputs);
        Tensor loss = CrossEntropy.Compute(logits, batch.Targets);
        (loss + (zLoss * logits.logsumexp(-1).square().mean())).backward();
        Dictionary<string, Tensor> gradients = model.named_parameters()
            .ToDictionary(item => item.name, item => item.parameter.grad!.clone());
        foreach (TorchSharp.Modules.Parameter parameter in model.parameters()) parameter.grad = null;
        return (loss.item<float>(), gradients);
    }

    private static void AssertGradients(Dictionary<string, Tensor> expected, TransformerLM model, double tolerance)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
        {
            double scale = expected[name].abs().max().item<float>();
            double error = (parameter.grad! - expected[name]).abs().max().item<float>() / scale;
            Assert.True(error <= tolerance, $"{name} is off by {error:g2} of its largest element");
        }
    }
}
