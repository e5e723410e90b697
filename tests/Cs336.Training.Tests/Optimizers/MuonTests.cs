using Cs336.Testing;
using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class MuonTests
{
    [Theory]
    [InlineData(6, 6)]
    [InlineData(4, 11)]
    [InlineData(11, 4)]
    public void Orthogonalized_matrices_have_singular_values_near_one_and_keep_their_singular_vectors(long rows, long columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(3);
        Tensor matrices = randn([3, rows, columns], generator: generator);
        Tensor orthogonal = NewtonSchulz.Orthogonalize(matrices, 8);
        (Tensor u, Tensor s, Tensor vt) = linalg.svd(matrices, fullMatrices: false);
        // In the bases of the singular vectors the result is diagonal, with values near 1.
        Tensor values = matmul(u.transpose(1, 2), matmul(orthogonal, vt.transpose(1, 2)));
        Tensor diagonal = values.diagonal(0, 1, 2);
        Assert.InRange(diagonal.min().item<float>(), 0.6f, 1.3f);
        Assert.InRange(diagonal.max().item<float>(), 0.6f, 1.3f);
        Assert.InRange((values - diag_embed(diagonal)).abs().max().item<float>(), 0, 1e-4f);
        Assert.NotEqual(0, s.min().item<float>());
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Three_rounds_bring_a_singular_value_near_one(double value)
    {
        using DisposeScope scope = NewDisposeScope();
        double other = Math.Sqrt(1 - (value * value)); // so that the norm is 1
        Tensor matrix = diag(tensor(new[] { value, other })).unsqueeze(0);
        Assert.InRange(NewtonSchulz.Orthogonalize(matrix, 3)[0, 0, 0].item<double>(), 0.73, 1.27);
        Assert.Equal(1, NewtonSchulz.Orthogonalize(matrix, 5)[0, 0, 0].item<double>(), 1e-3);
    }

    [Theory]
    [InlineData(32, 16)]
    [InlineData(16, 40)]
    [InlineData(48, 48)]
    [InlineData(344, 128)]
    [InlineData(112, 344)]
    [InlineData(7, 5)]
    [InlineData(3, 50)]
    [InlineData(1, 9)]
    [InlineData(101, 99)]
    public void Small_matrices_are_updated_as_in_double_precision(long rows, long columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(5);
        Parameter[] single = [.. Enumerable.Range(0, 3).Select(_ => new Parameter(randn([rows, columns], generator: generator)))];
        // Which the code for small matrices does not take.
        Parameter[] exact = [.. single.Select(parameter => new Parameter(parameter.detach().to(float64)))];
        MuonOptions options = new() { NewtonSchulzSteps = 3, WeightDecay = 0.2 };
        using Muon muon = new([.. single.Select((parameter, i) => new NamedParameter($"w{i}", parameter))], options);
        using Muon reference = new([.. exact.Select((parameter, i) => new NamedParameter($"w{i}", parameter))], options);
        for (int step = 0; step < 3; step++)
        {
            foreach ((Parameter parameter, Parameter other) in single.Zip(exact))
            {
                parameter.grad = randn([rows, columns], generator: generator);
                other.grad = parameter.grad.to(float64);
            }
            Tensor given = single[0].grad!.clone();
            muon.Step(0.01, 0.5);
            reference.Step(0.01, 0.5);
            Assert.True(single[0].grad!.Equals(given));
        }
        for (int i = 0; i < single.Length; i++)
        {
            Assert.InRange((exact[i] - single[i]).abs().max().item<double>(), 0, 1e-5);
            Assert.InRange((reference.State[$"w{i}.momentum_buffer"] - muon.State[$"w{i}.momentum_buffer"]).abs().max().item<double>(), 0,
                1e-5);
        }
    }

    [Theory]
    [InlineData(48, 48)]
    [InlineData(7, 5)]
    [InlineData(3, 50)]
    [InlineData(101, 99)]
    [InlineData(530, 130)] // more than one block, whatever the width of register
    [InlineData(130, 530)]
    public void Every_width_of_register_gives_the_update_in_double_precision(int rows, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(6);
        MuonConstants constants = new(0.5, 0.9, 0.03, Kept: 0.99, NewtonSchulz.Rounds(3));
        Tensor parameter = randn([rows, columns], generator: generator), gradient = randn([rows, columns], generator: generator),
            momentum = randn([rows, columns], generator: generator);
        Tensor scaled = gradient.to(float64) * 0.5, moved = (momentum.to(float64) * 0.9) + scaled;
        Tensor expected =
            (parameter.to(float64) * 0.99) - (constants.Towards(Math.Max(rows, columns)) * NewtonSchulz.Orthogonalize(
            (scaled + (0.9 * moved)).unsqueeze(0), 3)[0]);
        foreach ((string name, Func<int, int, MuonConstants, MuonUpdate> create) in MuonUpdate.Supported)
        {
            float[] values = [.. parameter.data<float>()], momenta = [.. momentum.data<float>()];
            // Twice, because what one matrix leaves is where the next one comes to.
            using MuonUpdate update = create(rows, columns, constants);
            update.Run((float[])[.. values], [.. gradient.data<float>()], (float[])[.. momenta]);
            update.Run(values, [.. gradient.data<float>()], momenta);
            Assert.True((expected - tensor(values, [rows, columns])).abs().max().item<double>() < 1e-5, name);
            Assert.True((moved - tensor(momenta, [rows, columns])).abs().max().item<double>() < 1e-5, name);
        }
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(32, 16)]
    public void A_factor_scales_the_gradients_of_all_parameters(long rows, long columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Parameter matrix = new(random.Normal(rows, columns)), gain = new(random.Normal(columns));
        Parameter otherMatrix = new(matrix.detach().clone()), otherGain = new(gain.detach().clone());
        using Muon scaling = new([new NamedParameter("w", matrix), new NamedParameter("g", gain)]);
        using Muon scaled = new([new NamedParameter("w", otherMatrix), new NamedParameter("g", otherGain)]);
        for (int step = 0; step < 2; step++)
        {
            (matrix.grad, gain.grad) = (random.Normal(rows, columns), random.Normal(columns));
            (otherMatrix.grad, otherGain.grad) = (matrix.grad * 0.25, gain.grad * 0.25); // a power of two: nothing is rounded
            scaling.Step(0.01, 0.25);
            scaled.Step(0.01);
        }
        Assert.True(matrix.Equals(otherMatrix) && gain.Equals(otherGain));
    }

    [Fact]
    public void A_large_matrix_by_itself_comes_out_as_among_others()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(4);
        Tensor matrices = randn([2, 300, 260], generator: generator);
        Tensor together = NewtonSchulz.Orthogonalize(matrices, 5);
        for (int i = 0; i < 2; i++)
            Assert.InRange((together[i] - NewtonSchulz.Orthogonalize(matrices.narrow(0, i, 1), 5)[0]).abs().max().item<float>(), 0, 1e-5f);
    }

    [Fact]
    public void A_step_follows_the_equations()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Parameter matrix = new(random.Normal(3, 5));
        using Muon muon = new([new NamedParameter("w", matrix)],
            new MuonOptions { Momentum = 0.9, WeightDecay = 0.2, NewtonSchulzSteps = 4, MatrixLearningRateFactor = 2 });
        Tensor expected = matrix.detach().clone(), momentum = zeros(3, 5);
        for (int step = 0; step < 3; step++)
        {
            muon.ZeroGrad();
            matrix.pow(3).sum().backward();
            Tensor gradient = matrix.grad!.clone();
            momentum = 0.9 * momentum + gradient;
            Tensor direction = NewtonSchulz.Orthogonalize((gradient + 0.9 * momentum).unsqueeze(0), 4).squeeze(0);
            expected = expected * (1 - 0.02 * 0.2) - 0.02 * 0.2 * Math.Sqrt(5) * direction;
            muon.Step(0.01);
            Assert.True(allclose(expected, matrix, 1e-5, 1e-6));
        }
        Assert.True(allclose(momentum, muon.State["w.momentum_buffer"]));
    }

    [Fact]
    public void Embeddings_head_and_gains_are_AdamWs_and_all_state_is_restored()
    {
        using DisposeScope scope = NewDisposeScope();
        TransformerConfig config = new() { VocabSize = 20, ContextLength = 8, DModel = 8, NumLayers = 2, NumHeads = 2, DFf = 12 };
        using TransformerLM model = new(config), copy = new(config);
        using Muon muon = new(NamedParameter.Of(model)), other = new(NamedParameter.Of(copy));
        Assert.Equal(
            ["layers.1.ln1.weight.exp_avg", "layers.1.ln2.weight.exp_avg", "lm_head.weight.exp_avg", "ln_final.weight.exp_avg",
                "token_embeddings.weight.exp_avg"],
            muon.State.Keys.Where(key => key.EndsWith(".exp_avg", StringComparison.Ordinal)
                && !key.StartsWith("layers.0.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(14, muon.State.Keys.Count(key => key.EndsWith(".momentum_buffer", StringComparison.Ordinal)));
        Train(model, muon, 3);
        using (no_grad())
        {
            foreach ((NamedParameter from, NamedParameter to) in NamedParameter.Of(model).Zip(NamedParameter.Of(copy)))
                to.Parameter.copy_(from.Parameter);
            foreach ((string name, Tensor value) in muon.State) other.State[name].copy_(value);
        }
        Train(model, muon, 2);
        Train(copy, other, 2);
        foreach ((NamedParameter expected, NamedParameter actual) in NamedParameter.Of(model).Zip(NamedParameter.Of(copy)))
            Assert.Equal(expected.Parameter.data<float>().ToArray(), actual.Parameter.data<float>().ToArray());

        static void Train(TransformerLM model, IOptimizer optimizer, int steps)
        {
            Tensor ids = arange(0, 18, dtype: int64).view(2, 9);
            for (int i = 0; i < steps; i++)
            {
                optimizer.ZeroGrad();
                LanguageModelLoss.Backward(model, new TokenBatch(ids.narrow(1, 0, 8), ids.narrow(1, 1, 8)));
                optimizer.Step(0.01);
            }
        }
    }

    [Fact]
    public void Unsound_constants_are_refused_all_at_once()
    {
        string message = Assert.Throws<ArgumentException>(() => new Muon([], new MuonOptions
        {
            Momentum = 1, WeightDecay = -1, NewtonSchulzSteps = 0, MatrixLearningRateFactor = double.NaN,
                AdamW = new AdamWOptions { Beta1 = 2 },
        })).Message;
        foreach (string expected in (string[])["momentum is 1", "weight_decay is -1", "newton_schulz_steps is 0",
            "matrix_learning_rate_factor is NaN", "beta1 is 2"]) Assert.Contains(expected, message);
    }
}
