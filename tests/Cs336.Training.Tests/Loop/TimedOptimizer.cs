using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>An AdamW whose steps take the time that is asked for.</summary>
internal sealed class TimedOptimizer(IReadOnlyList<NamedParameter> parameters, ManualTime time, double seconds) : IOptimizer
{
    private readonly AdamW _inner = new(parameters);

    public IReadOnlyDictionary<string, Tensor> State => _inner.State;

    public void ZeroGrad() => _inner.ZeroGrad();

    public void Step(double learningRate)
    {
        time.Pass(seconds);
        _inner.Step(learningRate);
    }

    public void Dispose() => _inner.Dispose();
}
