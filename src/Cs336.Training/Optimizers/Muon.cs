using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Momentum orthogonalised by Newton-Schulz (Jordan et al., 2024) for the matrices of the hidden layers, <see cref="AdamW"/> for
/// embeddings, head and gains. For each matrix θ of r rows and c columns with gradient g:
/// <code>
/// m ← μ m + g
/// O = NewtonSchulz(g + μ m)                  the nearest matrix whose singular values are all about 1
/// θ ← θ - α' λ θ - α' · 0.2 √max(r, c) · O   with α' = 3 α
/// </code>
/// The factor 0.2 √max(r, c) gives an update the size of one of AdamW's (Liu et al., 2025), so that one learning rate serves both.
/// With <see cref="MuonOptions.NorMuon"/> (Li et al., 2025) each neuron, a row of O, is divided by the root of its second moment v:
/// <code>
/// v ← β₂ v + (1 - β₂) mean over columns of O²
/// Ô = O / (√v + ε)
/// θ ← θ - α' λ θ - α' · 0.2 √(r c) / ‖Ô‖ · Ô
/// </code>
/// </summary>
public sealed class Muon : IGradientScalingOptimizer
{
    /// <summary>From this size of the shorter side on, a product is long enough for a call of its own.</summary>
    private const long Large = 256;

    private readonly MuonOptions _options;
    private readonly IReadOnlyList<NamedParameter> _matrices;
    private readonly Tensor[] _momenta;
    private readonly Tensor?[] _neurons; // v of each matrix; null where neurons are not normalised
    private readonly AdamW _others;

    /// <summary>Makes an optimizer with all momenta zero.</summary>
    /// <param name="parameters">
    /// What to train. Those of two dimensions count as matrices, except <c>token_embeddings</c>, <c>value_embeddings</c>
    /// and <c>lm_head</c>.
    /// </param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not sound, or a name occurs twice; the message lists every problem.</exception>
    public Muon(IReadOnlyList<NamedParameter> parameters, MuonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _options = options is null ? new MuonOptions() : options with { AdamW = options.AdamW with { } };
        string[] problems = [.. _options.FindProblems(), .. ParameterGroup.FindProblems([new ParameterGroup(parameters)])];
        if (problems.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _matrices = [.. parameters.Where(IsHiddenMatrix)];
        _momenta = [.. _matrices.Select(item => zeros_like(item.Parameter, requires_grad: false).DetachFromDisposeScope())];
        _neurons = [.. _matrices.Select(item => !_options.NorMuon ? null
            : zeros([item.Parameter.size(0), 1], dtype: item.Parameter.dtype, device: item.Parameter.device).DetachFromDisposeScope())];
        _others = new AdamW([.. parameters.Where(item => !IsHiddenMatrix(item))], _options.AdamW);
        Dictionary<string, Tensor> state = new(_others.State);
        for (int i = 0; i < _momenta.Length; i++)
        {
            state[_matrices[i].Name + ".momentum_buffer"] = _momenta[i];
            if (_neurons[i] is Tensor neurons) state[_matrices[i].Name + ".neuron_second_moment"] = neurons;
        }
        State = state;
    }

    /// <summary>
    /// m of each matrix as <c>momentum_buffer</c>, with NorMuon v as <c>neuron_second_moment</c>, and the state of <see cref="AdamW"/> for
    /// the others, whose <c>step</c> counts the updates.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <inheritdoc/>
    public void Step(double learningRate) => Step(learningRate, 1);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate or the factor is not sound.</exception>
    public void Step(double learningRate, double gradientScale)
    {
        _others.Step(learningRate, gradientScale);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double ownRate = learningRate * _options.MatrixLearningRateFactor;
        double momentum = _options.MomentumWarmupSteps is null ? _options.Momentum
            : _options.MomentumAt(_others.State["step"].item<long>() - 1);
        MuonConstants constants = new(gradientScale, momentum, ownRate, Kept: 1 - (ownRate * _options.WeightDecay),
            NewtonSchulz.Rounds(_options.NewtonSchulzSteps)) { NeuronDecay = _options.NorMuon ? _options.NorMuonBeta2 : null };
        // Small matrices of one shape go through the step together: many small products cost more than one large one.
        foreach (IGrouping<(long, long), MuonMatrix> alike in Matrices()
            .GroupBy(item => (item.Parameter.size(0), item.Parameter.size(1))))
        {
            if (alike.All(item => MuonUpdate.CanApply(item.Parameter, item.Gradient))) MuonUpdate.Apply([.. alike], constants);
            else foreach (MuonMatrix[] together in alike.Chunk(Math.Min(alike.Key.Item1, alike.Key.Item2) < Large
                ? int.MaxValue : 1)) Update(together, constants);
        }
    }

    /// <inheritdoc/>
    public void ZeroGrad()
    {
        Gradients.Clear(_matrices);
        _others.ZeroGrad();
    }

    /// <summary>Releases the momenta.</summary>
    public void Dispose()
    {
        _others.Dispose();
        foreach (Tensor momentum in _momenta) momentum.Dispose();
        foreach (Tensor? neurons in _neurons) neurons?.Dispose();
    }

    private static bool IsHiddenMatrix(NamedParameter item) => item.Parameter.dim() == 2 && !item.IsEmbedding && !item.IsHead;

    /// <summary>Those that have a gradient.</summary>
    private IEnumerable<MuonMatrix> Matrices()
    {
        for (int i = 0; i < _matrices.Count; i++)
            if (_matrices[i].Parameter.grad is Tensor gradient)
                yield return new MuonMatrix(_matrices[i].Parameter, gradient, _momenta[i], _neurons[i]);
    }

    /// <summary>The equations, in tensor operations.</summary>
    private static void Update(MuonMatrix[] alike, MuonConstants constants)
    {
        using Scalar scale = constants.GradientScale, momentum = constants.Momentum, kept = constants.Kept;
        using Scalar towards = constants.NeuronDecay is null
            ? -constants.Towards(Math.Max(alike[0].Parameter.size(0), alike[0].Parameter.size(1))) : -constants.Towards(1);
        Tensor[] directions = [.. alike.Select(item =>
        {
            Tensor gradient = constants.GradientScale == 1 ? item.Gradient : item.Gradient.mul(scale);
            return gradient.add(item.Momentum.mul_(momentum).add_(gradient, alpha: Scalars.One), alpha: momentum);
        })];
        Tensor updates = NewtonSchulz.Orthogonalize(stack(directions), constants.Rounds.Count);
        for (int i = 0; i < alike.Length; i++)
        {
            Tensor update = alike[i].Neurons is Tensor neurons
                ? NeuronNormalization.Apply(updates[i], neurons, constants.NeuronDecay!.Value) : updates[i];
            alike[i].Parameter.mul_(kept).add_(update, alpha: towards);
        }
    }
}
