using Cs336.Testing;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class OptimizerTests
{
    [Fact]
    public void Sgd_goes_against_the_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter parameter = new(tensor(new float[] { 1, -2 }));
        using Sgd sgd = new([new NamedParameter("p", parameter)]);
        (parameter * tensor(new float[] { 3, 5 })).sum().backward();
        sgd.Step(0.1);
        Assert.Equal([0.7f, -2.5f], parameter.data<float>().ToArray());
        sgd.ZeroGrad();
        sgd.Step(0.1);
        Assert.Equal([0.7f, -2.5f], parameter.data<float>().ToArray());
    }

    [Fact]
    public void Sgd_follows_its_equation_for_each_parameter_of_each_group()
    {
        using DisposeScope scope = NewDisposeScope();
        double[][] theta = [[0.5, -1.5, 2], [1.25], [-0.75, 3]];
        double[] factors = [1, 0.25, 2], decays = [0.3, 0.3, 0];
        NamedParameter[] parameters = [.. theta.Select((values, i) =>
            new NamedParameter($"p{i}", new(tensor(values.Select(value => (float)value).ToArray()))))];
        using Sgd sgd = new(
            [
                new ParameterGroup([parameters[0]]),
                new ParameterGroup([parameters[1]]) { LearningRateFactor = 0.25 },
                new ParameterGroup([parameters[2]]) { LearningRateFactor = 2, WeightDecay = 0 },
            ], new SgdOptions { WeightDecay = 0.3 });
        for (int t = 1; t <= 6; t++)
        {
            double rate = 0.02 / t;
            sgd.ZeroGrad();
            foreach (NamedParameter item in parameters) item.Parameter.pow(3).sum().backward();
            sgd.Step(rate);
            for (int i = 0; i < theta.Length; i++)
            {
                double alpha = rate * factors[i];
                theta[i] = [.. theta[i].Select(value => value - (alpha * decays[i] * value) - (alpha * 3 * value * value))];
                Assert.All(parameters[i].Parameter.data<float>().Zip(theta[i]), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
            }
        }
    }

    [Fact]
    public void Sgd_equals_libtorch_s_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor start = random.Normal(40), target = random.Normal(40);
        Parameter ours = new(start.clone()), theirs = new(start.clone());
        using Sgd sgd = new([new NamedParameter("p", ours)], new SgdOptions { WeightDecay = 0.1 });
        // Without momentum, a decay that is added to the gradient is the decoupled one.
        using torch.optim.Optimizer reference = torch.optim.SGD([theirs], 1e-2, weight_decay: 0.1);
        for (int i = 0; i < 10; i++)
        {
            sgd.ZeroGrad();
            reference.zero_grad();
            (ours - target).pow(2).sum().backward();
            (theirs - target).pow(2).sum().backward();
            sgd.Step(1e-2);
            reference.step();
        }
        Assert.True(allclose(theirs, ours, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void AdamW_follows_its_equations()
    {
        using DisposeScope scope = NewDisposeScope();
        AdamWOptions options = new() { Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-3, WeightDecay = 0.2 };
        double[] theta = [0.5, -1.5, 2], m = new double[3], v = new double[3];
        Parameter parameter = new(tensor(theta.Select(value => (float)value).ToArray()));
        using AdamW adamW = new([new NamedParameter("p", parameter)], options);
        for (int t = 1; t <= 6; t++)
        {
            double alpha = 0.1 / t;
            adamW.ZeroGrad();
            (parameter * parameter * parameter).sum().backward();
            adamW.Step(alpha);
            for (int i = 0; i < 3; i++)
            {
                double g = 3 * theta[i] * theta[i];
                theta[i] -= alpha * options.WeightDecay * theta[i];
                m[i] = 0.8 * m[i] + 0.2 * g;
                v[i] = 0.9 * v[i] + 0.1 * g * g;
                theta[i] -= alpha * (m[i] / (1 - Math.Pow(0.8, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.9, t))) + 1e-3);
            }
            float[] actual = [.. parameter.data<float>()];
            for (int i = 0; i < 3; i++) Assert.Equal(theta[i], actual[i], 1e-5);
        }
    }

    [Fact]
    public void AdamW_equals_libtorch_s_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor start = random.Normal(40);
        Parameter ours = new(start.clone()), theirs = new(start.clone());
        using AdamW adamW = new([new NamedParameter("p", ours)], new AdamWOptions { WeightDecay = 0.1 });
        using torch.optim.Optimizer reference = torch.optim.AdamW([theirs], lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8,
            weight_decay: 0.1);
        Tensor target = random.Normal(40);
        for (int i = 0; i < 10; i++)
        {
            adamW.ZeroGrad();
            reference.zero_grad();
            (ours - target).pow(4).sum().backward();
            (theirs - target).pow(4).sum().backward();
            adamW.Step(1e-2);
            reference.step();
        }
        Assert.True(allclose(theirs, ours, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void One_pass_over_memory_gives_what_tensor_operations_give()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        // Lengths that fill no vector, several blocks, and one element.
        long[][] shapes = [[3, 5], [1], [40_001, 2], [17]];
        Tensor[] starts = [.. shapes.Select(shape => random.Normal(shape))], targets = [.. shapes.Select(shape => random.Normal(shape))];
        (NamedParameter[] parameters, AdamW optimizer) Make(bool onePass)
        {
            NamedParameter[] made = [.. starts.Select((start, i) => new NamedParameter($"p{i}", new Parameter(start.clone())))];
            return (made, new AdamW(made, new AdamWOptions { OnePass = onePass, WeightDecay = 0.3 }));
        }
        (NamedParameter[] expected, AdamW readable) = Make(false);
        (NamedParameter[] actual, AdamW fast) = Make(true);
        using (readable)
        using (fast)
        {
            for (int step = 0; step < 20; step++)
            {
                foreach ((NamedParameter[] parameters, AdamW optimizer) in new[] { (expected, readable), (actual, fast) })
                {
                    optimizer.ZeroGrad();
                    for (int i = 0; i < shapes.Length; i++) (parameters[i].Parameter - targets[i]).pow(2).sum().backward();
                    optimizer.Step(1e-2);
                }
                for (int i = 0; i < shapes.Length; i++)
                    Assert.InRange((expected[i].Parameter - actual[i].Parameter).abs().max().item<float>(), 0, 2e-6f);
            }
            // A moment is a mean of gradients of about 1, of which each is rounded: it is as exact as they are, also where they cancel out.
            foreach ((string name, Tensor value) in readable.State)
                Assert.InRange(((value - fast.State[name]).abs().max() / value.abs().max().clamp_min(1)).item<float>(), 0, 2e-6f);
        }
    }

    [Fact]
    public void Groups_have_learning_rates_and_decays_of_their_own()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (bool onePass in (bool[])[true, false])
        {
            Parameter plain = new(ones(1)), slow = new(ones(1)), free = new(ones(1));
            using AdamW adamW = new(
                [
                    new ParameterGroup([new NamedParameter("plain", plain)]),
                    new ParameterGroup([new NamedParameter("slow", slow)]) { LearningRateFactor = 0.1 },
                    new ParameterGroup([new NamedParameter("free", free)]) { WeightDecay = 0 },
                ], new AdamWOptions { WeightDecay = 0.5, OnePass = onePass });
            (plain + slow + free).sum().backward();
            adamW.Step(0.1); // the first step of Adam is the learning rate's
            Assert.Equal(0.95f - 0.1f, plain.item<float>(), 1e-6f);
            Assert.Equal(0.995f - 0.01f, slow.item<float>(), 1e-6f);
            Assert.Equal(1 - 0.1f, free.item<float>(), 1e-6f);
        }
    }

    [Theory]
    [InlineData(WeightDecayTargets.All, 0.95f, 0.95f, 0.95f)]
    [InlineData(WeightDecayTargets.Matrices, 0.95f, 1, 0.95f)]
    [InlineData(WeightDecayTargets.MatricesButEmbeddings, 0.95f, 1, 1)]
    public void Norms_and_embeddings_are_spared_the_decay_where_asked(WeightDecayTargets targets, float matrix, float gain, float embedding)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Func<NamedParameter[], IOptimizer> create in (Func<NamedParameter[], IOptimizer>[])
            [
                its => new AdamW(its, new AdamWOptions { WeightDecay = 0.5, DecayTargets = targets }),
                its => new Sgd(its, new SgdOptions { WeightDecay = 0.5, DecayTargets = targets }),
            ])
        {
            NamedParameter[] parameters = [new("layers.0.ffn.w1.weight", new(ones(1, 1))), new("ln_final.weight", new(ones(1))),
                new("token_embeddings.weight", new(ones(1, 1))), new("layers.0.attn.value_embeddings.weight", new(ones(1, 1))),
                new("layers.1.skip.weight", new(ones(1)))];
            using IOptimizer optimizer = create(parameters);
            foreach (NamedParameter item in parameters) (item.Parameter * 0).sum().backward();
            optimizer.Step(0.1);
            Assert.Equal([matrix, gain, embedding, embedding, 1], parameters.Select(item => item.Parameter.item<float>()));
        }
    }

    [Fact]
    public void Unsound_groups_are_refused_all_at_once()
    {
        using DisposeScope scope = NewDisposeScope();
        NamedParameter[] twice = [new("p", new(ones(1))), new("p", new(ones(1)))];
        ParameterGroup[] groups = [new ParameterGroup(twice) { LearningRateFactor = -1, WeightDecay = double.NaN }];
        foreach (Func<IOptimizer> create in (Func<IOptimizer>[])[() => new AdamW(groups), () => new Sgd(groups)])
        {
            string message = Assert.Throws<ArgumentException>(create).Message;
            foreach (string expected in (string[])["learning-rate factor of group 0 is -1", "weight decay of group 0 is NaN",
                "p is in 2 places"]) Assert.Contains(expected, message);
        }
    }

    [Fact]
    public void AdamW_goes_on_from_its_state_as_if_it_had_never_stopped()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter parameter = new(ones(4)), copy = new(ones(4));
        using AdamW first = new([new NamedParameter("p", parameter)]), second = new([new NamedParameter("p", copy)]);
        Run(parameter, first, 3);
        using (no_grad())
        {
            copy.copy_(parameter);
            foreach ((string name, Tensor value) in first.State) second.State[name].copy_(value);
        }
        Run(parameter, first, 2);
        Run(copy, second, 2);
        Assert.Equal(parameter.data<float>().ToArray(), copy.data<float>().ToArray());
        Assert.Equal(["p.exp_avg", "p.exp_avg_sq", "step"], first.State.Keys.Order());
        Assert.Equal(5, first.State["step"].item<long>());

        static void Run(Parameter parameter, IOptimizer optimizer, int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                optimizer.ZeroGrad();
                parameter.exp().sum().backward();
                optimizer.Step(0.01);
            }
        }
    }

    [Fact]
    public void State_made_inside_a_dispose_scope_outlives_it()
    {
        Parameter parameter;
        AdamW adamW;
        using (NewDisposeScope())
        {
            parameter = new Parameter(ones(2));
            parameter.DetachFromDisposeScope();
            adamW = new AdamW([new NamedParameter("p", parameter)]);
        }
        using (NewDisposeScope()) parameter.sum().backward();
        adamW.Step(0.1);
        Assert.Equal(1, adamW.State["step"].item<long>());
        adamW.Dispose();
        parameter.Dispose();
    }

    [Fact]
    public void Unsound_constants_are_refused_all_at_once()
    {
        string message = Assert.Throws<ArgumentException>(() =>
            new AdamW([], new AdamWOptions { Beta1 = 1, Beta2 = double.NaN, Epsilon = 0, WeightDecay = -1 })).Message;
        foreach (string expected in (string[])["beta1 is 1", "beta2 is NaN", "epsilon is 0", "weight_decay is -1"])
            Assert.Contains(expected, message);
        message = Assert.Throws<ArgumentException>(() => new Sgd([],
            new SgdOptions { WeightDecay = double.NaN, DecayTargets = (WeightDecayTargets)7 })).Message;
        foreach (string expected in (string[])["weight_decay is NaN", "decay_targets is 7"]) Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1e-3)]
    [InlineData(double.PositiveInfinity)]
    public void An_unsound_learning_rate_is_refused(double learningRate)
    {
        using AdamW adamW = new([]);
        using Sgd sgd = new([]);
        Assert.Throws<ArgumentOutOfRangeException>(() => adamW.Step(learningRate));
        Assert.Throws<ArgumentOutOfRangeException>(() => sgd.Step(learningRate));
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_their_joint_norm_and_tells_it()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter a = new(zeros(2)), b = new(zeros(1)), unused = new(zeros(1));
        NamedParameter[] parameters = [new("a", a), new("b", b), new("unused", unused)];
        (a * tensor(new float[] { 3, 0 })).sum().backward();
        (b * 4).sum().backward();
        Assert.Equal(5, Gradients.ClipByGlobalNorm(parameters, 10), 1e-6);
        Assert.Equal([3f, 0], a.grad!.data<float>().ToArray());
        Assert.Equal(5, Gradients.ClipByGlobalNorm(parameters, 1), 1e-6);
        Assert.Equal(0.6f, a.grad!.data<float>().ToArray()[0], 1e-6f);
        Assert.Equal(0.8f, b.grad!.item<float>(), 1e-6f);
        Assert.Equal(0, Gradients.ClipByGlobalNorm([], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gradients.ClipByGlobalNorm(parameters, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(65_535 + 40_000)]
    public void The_norm_counts_every_element(int length)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] values = [.. Enumerable.Range(0, length).Select(i => ((i * 31 % 17) - 8) / 4f)];
        Parameter parameter = new(zeros(length));
        parameter.grad = tensor(values);
        double expected = Math.Sqrt(values.Sum(value => (double)value * value));
        Assert.Equal(expected, Gradients.GlobalNorm([new NamedParameter("p", parameter)]), 1e-9);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stepping_with_a_known_norm_equals_clipping_first(bool onePass)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (double maxNorm in (double[])[0.25, 100, double.PositiveInfinity])
            Assert.Equal(
                Train(maxNorm, (optimizer, parameters) =>
                {
                    Gradients.ClipByGlobalNorm(parameters, maxNorm);
                    optimizer.Step(0.05);
                }),
                Train(maxNorm, (optimizer, parameters) =>
                    optimizer.StepClipped(parameters, Gradients.GlobalNorm(parameters), maxNorm, 0.05)));

        float[] Train(double maxNorm, Action<IOptimizer, NamedParameter[]> step)
        {
            List<float> values = [];
            Func<NamedParameter[], IOptimizer>[] kinds =
            [
                parameters =>
                    new AdamW(parameters, new AdamWOptions { OnePass = onePass }), parameters =>
                    new Sgd(parameters), parameters => new Muon(parameters),
            ];
            foreach (Func<NamedParameter[], IOptimizer> make in kinds)
            {
                Parameter vector = new(linspace(-1, 1, 21)), matrix = new(linspace(-1, 2, 12).reshape(3, 4).clone());
                NamedParameter[] parameters = [new("vector", vector), new("matrix", matrix)];
                using IOptimizer optimizer = make(parameters);
                for (int i = 0; i < 3; i++)
                {
                    optimizer.ZeroGrad();
                    (vector.pow(2).sum() + matrix.pow(3).sum()).backward();
                    step(optimizer, parameters);
                }
                values.AddRange([.. vector.data<float>(), .. matrix.data<float>()]);
            }
            return [.. values];
        }
    }

    [Fact]
    public void Steps_that_cannot_be_are_refused()
    {
        using AdamW adamW = new([]);
        Assert.Throws<ArgumentOutOfRangeException>(() => adamW.Step(0.1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => adamW.StepClipped([], 1, 0, 0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => adamW.StepClipped([], 1, 1, double.NaN));
    }
}
