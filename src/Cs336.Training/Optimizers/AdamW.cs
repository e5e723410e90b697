using System.Runtime.CompilerServices;
using Cs336.Transformer;
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
public sealed class AdamW : IGradientScalingOptimizer
{
    private readonly AdamWOptions _options;
    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly double[] _learningRateFactors;
    private readonly double[] _weightDecays;
    private readonly Tensor[] _firstMoments;
    private readonly Tensor[] _secondMoments;
    private readonly Tensor _stepCount;

    /// <summary>Makes an optimizer with all moments zero.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not sound, or a name occurs twice; the message lists every problem.</exception>
    [OverloadResolutionPriority(1)] // so that `[]` means no parameters, rather than no groups
    public AdamW(IReadOnlyList<NamedParameter> parameters, AdamWOptions? options = null)
        : this([new ParameterGroup(parameters ?? throw new ArgumentNullException(nameof(parameters)))], options)
    {
    }

    /// <summary>Makes an optimizer whose groups of parameters have learning rates and weight decays of their own.</summary>
    /// <param name="groups">What to train.</param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// An option or a group is not sound, or a name occurs twice; the message lists every problem.
    /// </exception>
    public AdamW(IReadOnlyList<ParameterGroup> groups, AdamWOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(groups);
        _options = options is null ? new AdamWOptions() : options with { };
        string[] problems = [.. _options.FindProblems(), .. ParameterGroup.FindProblems(groups)];
        if (problems.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        (_parameters, _learningRateFactors, _weightDecays) = ParameterGroup.Join(groups, _options.WeightDecay, _options.DecayTargets);
        // Made now rather than at the first step, where they would die with the step's dispose scope.
        _firstMoments = [.. _parameters.Select(item => zeros_like(item.Parameter, requires_grad: false).DetachFromDisposeScope())];
        _secondMoments = [.. _parameters.Select(item => zeros_like(item.Parameter, requires_grad: false).DetachFromDisposeScope())];
        _stepCount = zeros([], dtype: int64).DetachFromDisposeScope();
        Dictionary<string, Tensor> state = new() { ["step"] = _stepCount };
        for (int i = 0; i < _parameters.Count; i++)
        {
            state[_parameters[i].Name + ".exp_avg"] = _firstMoments[i];
            state[_parameters[i].Name + ".exp_avg_sq"] = _secondMoments[i];
        }
        State = state;
    }

    /// <summary>m and v of each parameter under PyTorch's names <c>exp_avg</c> and <c>exp_avg_sq</c>, and t as <c>step</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <inheritdoc/>
    public void Step(double learningRate) => Step(learningRate, 1);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate or the factor is not sound.</exception>
    public void Step(double learningRate, double gradientScale)
    {
        LearningRate.Check(learningRate);
        if (!double.IsFinite(gradientScale))
            throw new ArgumentOutOfRangeException(nameof(gradientScale), gradientScale, "What gradients are multiplied by must be finite.");
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long step = _stepCount.add_(Scalars.One, alpha: Scalars.One).item<long>();
        List<(int Index, Tensor Gradient)> inOnePass = [];
        for (int i = 0; i < _parameters.Count; i++)
        {
            if (_parameters[i].Parameter.grad is not Tensor gradient) continue;
            if (_options.OnePass && TensorSpan.CanBeOf(gradient) && TensorSpan.CanBeOf(_parameters[i].Parameter))
                inOnePass.Add((i, gradient));
            else Update(i, gradient, learningRate, gradientScale, step);
        }
        if (inOnePass.Count > 0) UpdateInOnePass(inOnePass, learningRate, gradientScale, step);
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradients.Clear(_parameters);

    /// <summary>Releases the moments.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in State.Values) tensor.Dispose();
    }

    /// <summary>The equations, one tensor operation after the other.</summary>
    private void Update(int index, Tensor unscaled, double learningRate, double gradientScale, long step)
    {
        double alpha = learningRate * _learningRateFactors[index];
        using Scalar beta1 = _options.Beta1, beta2 = _options.Beta2, newToFirst = 1 - _options.Beta1, newToSecond = 1 - _options.Beta2;
        using Scalar secondCorrection = Math.Sqrt(1 - Math.Pow(_options.Beta2, step)), epsilon = _options.Epsilon;
        using Scalar scale = gradientScale, kept = 1 - (alpha * _weightDecays[index]),
            towards = -alpha / (1 - Math.Pow(_options.Beta1, step));
        Tensor gradient = gradientScale == 1 ? unscaled : unscaled.mul(scale);
        Tensor parameter = _parameters[index].Parameter, m = _firstMoments[index], v = _secondMoments[index];
        parameter.mul_(kept);
        m.mul_(beta1).add_(gradient, alpha: newToFirst);
        v.mul_(beta2).addcmul_(gradient, gradient, newToSecond);
        Tensor denominator = v.sqrt().div_(secondCorrection).add_(epsilon, alpha: Scalars.One);
        parameter.addcdiv_(m, denominator, towards);
    }

    /// <summary>The same in one pass over the memory of all of them.</summary>
    private void UpdateInOnePass(List<(int Index, Tensor Gradient)> items, double learningRate, double gradientScale, long step)
    {
        AdamWUpdate[] updates = new AdamWUpdate[items.Count];
        (TensorSpan Parameter, TensorSpan Gradient, TensorSpan First, TensorSpan Second)[] vectors =
            new (TensorSpan, TensorSpan, TensorSpan, TensorSpan)[items.Count];
        long[] lengths = new long[items.Count];
        for (int i = 0; i < updates.Length; i++)
        {
            (int index, Tensor gradient) = items[i];
            double alpha = learningRate * _learningRateFactors[index];
            updates[i] = new AdamWUpdate(
                (float)gradientScale,
                Kept: (float)(1 - (alpha * _weightDecays[index])),
                Towards: (float)(alpha / (1 - Math.Pow(_options.Beta1, step))),
                (float)_options.Beta1, (float)(1 - _options.Beta1), (float)_options.Beta2, (float)(1 - _options.Beta2),
                InverseCorrection: (float)(1 / Math.Sqrt(1 - Math.Pow(_options.Beta2, step))),
                (float)_options.Epsilon);
            Tensor parameter = _parameters[index].Parameter;
            lengths[i] = parameter.NumberOfElements;
            vectors[i] = (TensorSpan.Of(parameter), TensorSpan.Of(gradient), TensorSpan.Of(_firstMoments[index]),
                TensorSpan.Of(_secondMoments[index]));
        }
        ParallelBlocks.ForEach(lengths, (_, i, start, length) => updates[i].Apply(
            vectors[i].Parameter.Slice(start, length), vectors[i].Gradient.Slice(start, length),
            vectors[i].First.Slice(start, length), vectors[i].Second.Slice(start, length)));
    }
}
