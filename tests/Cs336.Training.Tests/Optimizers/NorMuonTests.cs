using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class NorMuonTests
{
    private static readonly MuonOptions Options = new() { NorMuon = true, NorMuonBeta2 = 0.9, Momentum = 0.8, WeightDecay = 0.2,
        NewtonSchulzSteps = 3, MatrixLearningRateFactor = 2 };

    [Theory]
    [InlineData(6, 6)]
    [InlineData(4, 11)]
    [InlineData(11, 4)]
    [InlineData(1, 9)]
    [InlineData(101, 99)]
    [InlineData(260, 300)] // by libtorch
    public void Steps_are_those_of_the_equations_in_plain_loops(int rows, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(7);
        Parameter matrix = new(randn([rows, columns], generator: generator));
        using Muon muon = new([new NamedParameter("w", matrix)], Options);
        double[] expected = Doubles(matrix), momentum = new double[rows * columns], neurons = new double[rows];
        for (int step = 0; step < 3; step++)
        {
            matrix.grad = randn([rows, columns], generator: generator);
            PlainStep(expected, Doubles(matrix.grad), momentum, neurons, rows, columns, learningRate: 0.01);
            muon.Step(0.01);
        }
        AssertNear(expected, matrix, 2e-5);
        AssertNear(neurons, muon.State["w.neuron_second_moment"], 1e-5);
        AssertNear(momentum, muon.State["w.momentum_buffer"], 1e-5);
        Assert.Equal([rows, 1L], muon.State["w.neuron_second_moment"].shape);
    }

    [Fact]
    public void Every_width_of_register_gives_what_libtorch_gives()
    {
        const int Rows = 7, Columns = 50;
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(8);
        Tensor parameter = randn([Rows, Columns], generator: generator), gradient = randn([Rows, Columns], generator: generator);
        MuonConstants constants = new(1, 0.9, 0.03, Kept: 0.99, NewtonSchulz.Rounds(3)) { NeuronDecay = 0.95 };
        Tensor moments = zeros([Rows, 1], dtype: float64);
        Tensor update = NewtonSchulz.Orthogonalize((gradient.to(float64) * 1.9).unsqueeze(0), 3)[0];
        Tensor expected = (parameter.to(float64) * 0.99) - (0.03 * 0.2 * NeuronNormalization.Apply(update, moments, 0.95));
        foreach ((string name, Func<int, int, MuonConstants, MuonUpdate> create) in MuonUpdate.Supported)
        {
            float[] values = [.. parameter.data<float>()], neurons = new float[Rows];
            using MuonUpdate one = create(Rows, Columns, constants);
            one.Run(values, [.. gradient.data<float>()], new float[Rows * Columns], neurons);
            Assert.True((expected - tensor(values, [Rows, Columns])).abs().max().item<double>() < 1e-5, name);
            Assert.True((moments - tensor(neurons, [Rows, 1])).abs().max().item<double>() < 1e-6, name);
        }
    }

    [Fact]
    public void A_matrix_without_gradients_to_speak_of_stays_finite()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter matrix = new(ones(3, 4));
        using Muon muon = new([new NamedParameter("w", matrix)], Options with { WeightDecay = 0 });
        matrix.grad = zeros(3, 4);
        muon.Step(0.01);
        Assert.Equal(Enumerable.Repeat(1f, 12), matrix.data<float>().ToArray());
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        foreach (double beta2 in (double[])[-0.1, 1, double.NaN])
            Assert.Contains($"nor_muon_beta2 is {beta2}, but must be at least 0 and below 1",
                Assert.Throws<ArgumentException>(() => new Muon([], Options with { NorMuonBeta2 = beta2 })).Message);
        Assert.Contains("nor_muon is set, but is Muon's alone",
            Assert.Single(new OptimizerConfig { Name = OptimizerKind.Sgd, NorMuon = true }.FindProblems(10)));
        Assert.Contains("nor_muon_beta2 is 0.9, but nor_muon is false",
            Assert.Single(new OptimizerConfig { NorMuonBeta2 = 0.9 }.FindProblems(10)));
    }

    /// <summary>The equations in double precision, one number after another.</summary>
    private static void PlainStep(double[] parameter, double[] gradient, double[] momentum, double[] neurons, int rows, int columns,
        double learningRate)
    {
        double ownRate = learningRate * Options.MatrixLearningRateFactor, squares = 0;
        for (int i = 0; i < momentum.Length; i++) momentum[i] = (Options.Momentum * momentum[i]) + gradient[i];
        double[] direction = [.. gradient.Zip(momentum, (g, m) => g + (Options.Momentum * m))];
        double[] update = Doubles(NewtonSchulz.Orthogonalize(tensor(direction, [1, rows, columns]), Options.NewtonSchulzSteps));
        for (int row = 0; row < rows; row++)
        {
            double mean = 0;
            for (int column = 0; column < columns; column++) mean += Math.Pow(update[(row * columns) + column], 2) / columns;
            neurons[row] = (Options.NorMuonBeta2 * neurons[row]) + ((1 - Options.NorMuonBeta2) * mean);
            for (int column = 0; column < columns; column++)
            {
                update[(row * columns) + column] /= Math.Sqrt(neurons[row]) + 1e-8;
                squares += Math.Pow(update[(row * columns) + column], 2);
            }
        }
        double size = 0.2 * Math.Sqrt(rows * columns) / Math.Sqrt(squares);
        for (int i = 0; i < parameter.Length; i++)
            parameter[i] -= ownRate * ((Options.WeightDecay * parameter[i]) + (size * update[i]));
    }

    private static double[] Doubles(Tensor values) => [.. values.detach().to(float64).reshape(-1).data<double>()];

    private static void AssertNear(double[] expected, Tensor actual, double tolerance) =>
        Assert.InRange(expected.Zip(Doubles(actual), (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
}
