using Cs336.Testing;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class MomentumWarmupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_momentum_rises_in_a_line_over_the_first_updates()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Parameter matrix = new(random.Normal(3, 5));
        using Muon muon = new([new NamedParameter("w", matrix)],
            new MuonOptions { Momentum = 0.9, MomentumStart = 0.5, MomentumWarmupSteps = 4, WeightDecay = 0 });
        Tensor expected = matrix.detach().clone(), momentum = zeros(3, 5);
        foreach (double mu in (double[])[0.5, 0.6, 0.7, 0.8, 0.9, 0.9])
        {
            matrix.grad = random.Normal(3, 5);
            momentum = mu * momentum + matrix.grad;
            Tensor direction = NewtonSchulz.Orthogonalize((matrix.grad + mu * momentum).unsqueeze(0), 3).squeeze(0);
            expected = expected - (0.03 * 0.2 * Math.Sqrt(5) * direction);
            muon.Step(0.01);
            Assert.True(allclose(expected, matrix, 1e-5, 1e-6));
        }
        Assert.True(allclose(momentum, muon.State["w.momentum_buffer"], 1e-5, 1e-6));
    }

    [Fact]
    public void Of_a_warm_up_of_one_update_only_the_first_is_another()
    {
        MuonOptions options = new() { MomentumWarmupSteps = 1 };
        Assert.Equal([0.85, 0.95, 0.95], new long[] { 0, 1, 2 }.Select(options.MomentumAt));
        Assert.Equal(0.95, new MuonOptions().MomentumAt(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_goes_on_has_the_momentum_that_it_would_have_had(bool norMuon)
    {
        MuonOptions muon = new() { MomentumWarmupSteps = 9, NorMuon = norMuon };
        TrainerOptions options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 5, CheckpointEvery = 5, Seed = 3 };
        using TinyRun whole = new(_folder, options, optimizer: parameters => new Muon(parameters, muon));
        whole.Trainer.Run(whole.Progress);
        InMemoryCheckpointStore store = new();
        using (TinyRun first = new(_folder, options with { MaxSteps = 5 }, store, optimizer: parameters => new Muon(parameters, muon)))
            first.Trainer.Run();
        using TinyRun second = new(_folder, options, store, optimizer: parameters => new Muon(parameters, muon));
        Assert.Equal(5, second.Trainer.Resume().Step);
        second.Trainer.Run(second.Progress);
        Assert.Equal(whole.Weights(), second.Weights());
        Assert.Equal(whole.Metrics.Skip(5).Select(item => item.Loss), second.Metrics.Select(item => item.Loss));
        using TinyRun without = new(_folder, options, optimizer: parameters => new Muon(parameters));
        without.Trainer.Run();
        Assert.NotEqual(whole.Weights(), without.Weights());
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        static string Refusal(MuonOptions options) => Assert.Throws<ArgumentException>(() => new Muon([], options)).Message;
        Assert.Contains("momentum_warmup_steps is 0, but must be at least 1", Refusal(new() { MomentumWarmupSteps = 0 }));
        foreach (double start in (double[])[-0.1, 0.96, double.NaN])
            Assert.Contains($"momentum_start is {start}, but must be from 0 to the momentum, 0.95",
                Refusal(new() { MomentumWarmupSteps = 3, MomentumStart = start }));
        Assert.Contains("momentum_warmup_steps is 11, but the run has 10 steps",
            Assert.Single(new OptimizerConfig { MomentumWarmupSteps = 11 }.FindProblems(10)));
        Assert.Contains("momentum_warmup_steps is set, but is Muon's alone",
            Assert.Single(new OptimizerConfig { Name = OptimizerKind.AdamW, MomentumWarmupSteps = 5 }.FindProblems(10)));
        Assert.Contains("momentum_start is 0.8, but nothing says how long",
            Assert.Single(new OptimizerConfig { MomentumStart = 0.8 }.FindProblems(10)));
        Assert.Empty(new OptimizerConfig { MomentumWarmupSteps = 10, MomentumStart = 0.8 }.FindProblems(10));
    }
}
