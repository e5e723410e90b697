using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>
/// When AdamW's weights decay, and what the order changes: the handouts of the course's years have it in different places.
/// </summary>
public sealed class DecayOrderTests : IDisposable
{
    private const double Alpha = 1e-2, Lambda = 0.1, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8;
    private const int Steps = 12;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _start, _target;

    public DecayOrderTests()
    {
        using Generator generator = new(4, CPU);
        (_start, _target) = (randn(37, generator: generator), randn(37, generator: generator));
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 2e-6)]
    public void Weights_decay_before_the_step_and_whether_before_or_after_the_moments_makes_no_difference(bool onePass, double tolerance)
    {
        float[] ours = [.. Ours(onePass).data<float>()];
        float[] beforeMoments = [.. ByHand(beforeMoments: true, beforeStep: false, afterStep: false).data<float>()];
        float[] beforeStep = [.. ByHand(beforeMoments: false, beforeStep: true, afterStep: false).data<float>()];
        Assert.Equal(beforeMoments, beforeStep); // bit for bit: the moments ask for gradients alone
        for (int i = 0; i < ours.Length; i++) Assert.InRange(Math.Abs(ours[i] - beforeMoments[i]), 0, tolerance);
    }

    [Fact]
    public void Decay_after_the_step_is_another_update_by_a_share_of_alpha_lambda_of_each_step()
    {
        Tensor before = ByHand(beforeMoments: true, beforeStep: false, afterStep: false, steps: 1);
        Tensor after = ByHand(beforeMoments: false, beforeStep: false, afterStep: true, steps: 1);
        // θ (1 - αλ) - u and (θ - u)(1 - αλ): apart by αλ u, where the first step has u = ±α.
        Tensor difference = (after - before).to_type(float64) - Alpha * Lambda * Alpha * (_start - _target).sign().to_type(float64);
        Assert.InRange(difference.abs().max().item<double>(), 0, 3e-7);
        float apart = (ByHand(false, false, afterStep: true) - ByHand(true, false, false)).abs().max().item<float>();
        Assert.InRange(apart, Alpha * Lambda * Alpha / 2, 2 * Steps * Alpha * Lambda * Alpha);
    }

    private Tensor Ours(bool onePass)
    {
        Parameter parameter = new(_start.clone());
        using AdamW optimizer = new([new NamedParameter("p", parameter)],
            new AdamWOptions { WeightDecay = Lambda, Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, OnePass = onePass });
        for (int step = 0; step < Steps; step++)
        {
            parameter.grad = Gradient(parameter.detach());
            optimizer.Step(Alpha);
        }
        return parameter.detach();
    }

    /// <summary>The update written out, with the decay in the place that is asked for.</summary>
    private Tensor ByHand(bool beforeMoments, bool beforeStep, bool afterStep, int steps = Steps)
    {
        Tensor theta = _start.clone(), m = zeros_like(theta), v = zeros_like(theta);
        for (int step = 1; step <= steps; step++)
        {
            Tensor gradient = Gradient(theta);
            if (beforeMoments) theta.mul_(1 - Alpha * Lambda);
            m.mul_(Beta1).add_(gradient, alpha: 1 - Beta1);
            v.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            if (beforeStep) theta.mul_(1 - Alpha * Lambda);
            Tensor denominator = v.sqrt().div_(Math.Sqrt(1 - Math.Pow(Beta2, step))).add_(Epsilon);
            theta.addcdiv_(m, denominator, -Alpha / (1 - Math.Pow(Beta1, step)));
            if (afterStep) theta.mul_(1 - Alpha * Lambda);
        }
        return theta;
    }

    private Tensor Gradient(Tensor theta) => (theta - _target).pow(3);
}
