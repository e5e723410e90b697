using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>An AdamW that fails where it is told to: before a step's forward pass, or in the middle of its update.</summary>
internal sealed class FailingOptimizer(IReadOnlyList<NamedParameter> parameters) : IGradientScalingOptimizer
{
    private readonly AdamW _inner = new(parameters);

    public Action? OnZeroGrad { get; set; }

    public Action? OnStep { get; set; }

    public IReadOnlyDictionary<string, Tensor> State => _inner.State;

    public void ZeroGrad()
    {
        OnZeroGrad?.Invoke();
        _inner.ZeroGrad();
    }

    public void Step(double learningRate) => Step(learningRate, 1);

    public void Step(double learningRate, double gradientScale)
    {
        if (OnStep is not null)
        {
            using (no_grad()) parameters[0].Parameter.zero_(); // some are changed, others not yet
            OnStep();
        }
        _inner.Step(learningRate, gradientScale);
    }

    public void Dispose() => _inner.Dispose();
}
