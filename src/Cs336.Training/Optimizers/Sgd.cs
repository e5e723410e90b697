using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Stochastic gradient descent: θ ← θ - α g. It has no state.</summary>
/// <param name="parameters">What to train.</param>
public sealed class Sgd(IReadOnlyList<NamedParameter> parameters) : IOptimizer
{
    private readonly IReadOnlyList<NamedParameter> _parameters = parameters ?? throw new ArgumentNullException(nameof(parameters));

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State { get; } = new Dictionary<string, Tensor>();

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        Gradients.CheckLearningRate(learningRate);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar step = -learningRate;
        foreach ((_, Tensor parameter) in _parameters)
            if (parameter.grad is Tensor gradient) parameter.add_(gradient, alpha: step);
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradients.Clear(_parameters);

    /// <summary>Nothing to release.</summary>
    public void Dispose() { }
}
