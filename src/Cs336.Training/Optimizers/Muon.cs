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
/// </summary>
public sealed class Muon : IOptimizer
{
    /// <summary>From this size of the shorter side on, a product is long enough for a call of its own.</summary>
    private const long Large = 256;

    /// <summary>
    /// (a, b, c) of each round, the last for all that follow: of all odd polynomials of degree 5 the one that is nearest to 1 over the interval
    /// in which the round before left the singular values, [0.01, 1] at first (Amsel et al., 2025, "The Polar Express").
    /// </summary>
    private static readonly (double A, double B, double C)[] Rounds =
    [
        (8.0934, -23.6204, 17.4462), (3.6366, -2.7219, 0.5365), (2.6613, -1.9772, 0.4526), (1.9562, -1.3375, 0.3839), (1.875, -1.25, 0.375),
    ];

    private readonly MuonOptions _options;
    private readonly IReadOnlyList<NamedParameter> _matrices;
    private readonly Tensor[] _momenta;
    private readonly AdamW _others;

    /// <summary>Makes an optimizer with all momenta zero.</summary>
    /// <param name="parameters">What to train. Those of two dimensions count as matrices, but for <c>token_embeddings</c> and <c>lm_head</c>.</param>
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
        _others = new AdamW([.. parameters.Where(item => !IsHiddenMatrix(item))], _options.AdamW);
        Dictionary<string, Tensor> state = new(_others.State);
        for (int i = 0; i < _momenta.Length; i++) state[_matrices[i].Name + ".momentum_buffer"] = _momenta[i];
        State = state;
    }

    /// <summary>m of each matrix as <c>momentum_buffer</c>, and the state of <see cref="AdamW"/> for the others.</summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        _others.Step(learningRate);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        // Small matrices of one shape go through the iteration together: many small products cost more than one large one.
        foreach (IGrouping<(long, long), int> alike in Enumerable.Range(0, _matrices.Count)
            .Where(i => _matrices[i].Parameter.grad is not null)
            .GroupBy(i => (_matrices[i].Parameter.size(0), _matrices[i].Parameter.size(1))))
            foreach (int[] together in alike.Chunk(Math.Min(alike.Key.Item1, alike.Key.Item2) < Large ? int.MaxValue : 1))
                Update(together, learningRate * _options.MatrixLearningRateFactor);
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
    }

    /// <summary>
    /// Brings the singular values of each matrix near 1 and leaves its singular vectors: X ← a X + (b A + c A²) X with A = X Xᵀ, from X of
    /// norm 1, so that each singular value σ becomes a σ + b σ³ + c σ⁵. Three rounds bring those of at least 0.01 between 0.73 and 1.27.
    /// </summary>
    /// <param name="matrices">(n, r, c).</param>
    /// <param name="steps">Rounds.</param>
    internal static Tensor Orthogonalize(Tensor matrices, int steps)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar epsilon = 1e-7;
        (long rows, long columns) = (matrices.size(1), matrices.size(2));
        (double A, double B, double C)[] rounds = [.. Enumerable.Range(0, steps).Select(i => Rounds[Math.Min(i, Rounds.Length - 1)])];
        Tensor x = matrices / matrices.pow(Scalars.Two).sum([1, 2], keepdim: true).sqrt().add_(epsilon, alpha: Scalars.One);
        if (NewtonSchulz.CanApply(x))
        {
            x = (rows < columns ? x.transpose(1, 2) : x).contiguous();
            NewtonSchulz.Apply(x, rounds);
            return (rows < columns ? x.transpose(1, 2) : x).MoveToOuterDisposeScope();
        }
        if (rows > columns) x = x.transpose(1, 2); // A has the size of the shorter side
        foreach ((double first, double third, double fifth) in rounds)
        {
            using Scalar a = first, b = third, c = fifth;
            Tensor square = TimesTransposed(x, x);
            Tensor polynomial = TimesTransposed(square, square).mul_(c).add_(square, alpha: b); // A is its own transpose
            x = TimesTransposed(polynomial, x.transpose(1, 2)).add_(x, alpha: a);
        }
        return (rows > columns ? x.transpose(1, 2) : x).MoveToOuterDisposeScope();
    }

    /// <summary>X Yᵀ for each pair: (n, r, k) and (n, c, k) to (n, r, c).</summary>
    private static Tensor TimesTransposed(Tensor x, Tensor y) =>
        x.size(0) == 1 ? LinearProduct.Compute(x[0], y[0]).unsqueeze(0) : bmm(x, y.transpose(1, 2));

    private static bool IsHiddenMatrix(NamedParameter item) => item.Parameter.dim() == 2 && !item.IsEmbedding && !item.IsHead;

    private void Update(int[] alike, double learningRate)
    {
        using Scalar momentum = _options.Momentum, kept = 1 - (learningRate * _options.WeightDecay);
        Tensor first = _matrices[alike[0]].Parameter;
        using Scalar towards = -learningRate * 0.2 * Math.Sqrt(Math.Max(first.size(0), first.size(1)));
        Tensor[] directions = [.. alike.Select(i =>
        {
            Tensor gradient = _matrices[i].Parameter.grad!;
            return gradient.add(_momenta[i].mul_(momentum).add_(gradient, alpha: Scalars.One), alpha: momentum);
        })];
        Tensor updates = Orthogonalize(stack(directions), _options.NewtonSchulzSteps);
        for (int i = 0; i < alike.Length; i++) _matrices[alike[i]].Parameter.mul_(kept).add_(updates[i], alpha: towards);
    }
}
