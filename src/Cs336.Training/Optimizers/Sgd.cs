using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Stochastic gradient descent with decoupled weight decay: θ ← θ - α λ θ - α g. It has no state.
/// </summary>
public sealed class Sgd : IOptimizer
{
    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly double[] _learningRateFactors;
    private readonly double[] _weightDecays;

    /// <summary>Makes an optimizer.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not sound, or a name occurs twice; the message lists every problem.</exception>
    [OverloadResolutionPriority(1)] // so that `[]` means no parameters, rather than no groups
    public Sgd(IReadOnlyList<NamedParameter> parameters, SgdOptions? options = null)
        : this([new ParameterGroup(parameters ?? throw new ArgumentNullException(nameof(parameters)))], options)
    {
    }

    /// <summary>Makes an optimizer whose groups of parameters have learning rates and weight decays of their own.</summary>
    /// <param name="groups">What to train.</param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// An option or a group is not sound, or a name occurs twice; the message lists every problem.
    /// </exception>
    public Sgd(IReadOnlyList<ParameterGroup> groups, SgdOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(groups);
        options ??= new SgdOptions();
        string[] problems = [.. options.FindProblems(), .. ParameterGroup.FindProblems(groups)];
        if (problems.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        (_parameters, _learningRateFactors, _weightDecays) = ParameterGroup.Join(groups, options.WeightDecay, options.DecayTargets);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State { get; } = new Dictionary<string, Tensor>();

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        LearningRate.Check(learningRate);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _parameters.Count; i++)
        {
            Tensor parameter = _parameters[i].Parameter;
            if (parameter.grad is not Tensor gradient) continue;
            double alpha = learningRate * _learningRateFactors[i];
            using Scalar kept = 1 - (alpha * _weightDecays[i]), towards = -alpha;
            if (_weightDecays[i] > 0) parameter.mul_(kept);
            parameter.add_(gradient, alpha: towards);
        }
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradients.Clear(_parameters);

    /// <summary>Nothing to release.</summary>
    public void Dispose() { }
}
