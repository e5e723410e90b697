using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019). For each parameter θ with gradient g at step t:
/// <code>
/// θ ← θ - α λ θ
/// m ← β₁ m + (1 - β₁) g
/// v ← β₂ v + (1 - β₂) g²
/// θ ← θ - α m̂ / (√v̂ + ε)   with m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)
/// </code>
/// </summary>
public sealed class AdamW : IOptimizer
{
    private readonly AdamWOptions _options;
    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly Tensor[] _firstMoments;
    private readonly Tensor[] _secondMoments;
    private readonly Tensor _stepCount;

    /// <summary>Makes an optimizer with all moments zero.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not sound; the message lists every problem.</exception>
    public AdamW(IReadOnlyList<NamedParameter> parameters, AdamWOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _options = options is null ? new AdamWOptions() : options with { };
        IReadOnlyList<string> problems = _options.FindProblems();
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _parameters = parameters;
        // Made now rather than at the first step, where they would die with the step's dispose scope.
        _firstMoments = [.. parameters.Select(item => zeros_like(item.Parameter, requires_grad: false).DetachFromDisposeScope())];
        _secondMoments = [.. parameters.Select(item => zeros_like(item.Parameter, requires_grad: false).DetachFromDisposeScope())];
        _stepCount = zeros([], dtype: int64).DetachFromDisposeScope();
        Dictionary<string, Tensor> state = new() { ["step"] = _stepCount };
        for (int i = 0; i < parameters.Count; i++)
        {
            state[parameters[i].Name + ".exp_avg"] = _firstMoments[i];
            state[parameters[i].Name + ".exp_avg_sq"] = _secondMoments[i];
        }
        State = state;
    }

    /// <summary>m and v of each parameter under PyTorch's names <c>exp_avg</c> and <c>exp_avg_sq</c>, and t as <c>step</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        Gradients.CheckLearningRate(learningRate);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar one = 1;
        long step = _stepCount.add_(one).item<long>();
        double firstCorrection = 1 - Math.Pow(_options.Beta1, step);
        using Scalar beta1 = _options.Beta1, beta2 = _options.Beta2, newToFirst = 1 - _options.Beta1, newToSecond = 1 - _options.Beta2;
        using Scalar secondCorrection = Math.Sqrt(1 - Math.Pow(_options.Beta2, step)), epsilon = _options.Epsilon;
        using Scalar kept = 1 - (learningRate * _options.WeightDecay), towards = -learningRate / firstCorrection;
        for (int i = 0; i < _parameters.Count; i++)
        {
            Tensor parameter = _parameters[i].Parameter;
            if (parameter.grad is not Tensor gradient) continue;
            parameter.mul_(kept);
            _firstMoments[i].mul_(beta1).add_(gradient, alpha: newToFirst);
            _secondMoments[i].mul_(beta2).addcmul_(gradient, gradient, newToSecond);
            Tensor denominator = _secondMoments[i].sqrt().div_(secondCorrection).add_(epsilon);
            parameter.addcdiv_(_firstMoments[i], denominator, towards);
        }
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradients.Clear(_parameters);

    /// <summary>Releases the moments.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in State.Values) tensor.Dispose();
    }
}
