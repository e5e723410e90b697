using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// The iteration that brings the singular values of a matrix near 1 and leaves its singular vectors: X ← a X + (b A + c A²) X with
/// A = X Xᵀ, from X of norm 1, so that each singular value σ becomes a σ + b σ³ + c σ⁵.
/// </summary>
internal static class NewtonSchulz
{
    /// <summary>What is added to a norm before it divides.</summary>
    public const double Epsilon = 1e-7;

    /// <summary>
    /// (a, b, c) of each round, the last for all that follow: of all odd polynomials of degree 5 the one that is nearest to 1 over
    /// the interval in which the round before left the singular values, [0.01, 1] at first (Amsel et al., 2025, "The Polar
    /// Express"). Three rounds bring those of at least 0.01 between 0.73 and 1.27.
    /// </summary>
    private static readonly (double A, double B, double C)[] Constants =
    [
        (8.0934, -23.6204, 17.4462), (3.6366, -2.7219, 0.5365), (2.6613, -1.9772, 0.4526), (1.9562, -1.3375, 0.3839), (1.875, -1.25, 0.375),
    ];

    /// <summary>(a, b, c) of some rounds.</summary>
    public static (double A, double B, double C)[] Rounds(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Constants[Math.Min(i, Constants.Length - 1)])];

    /// <summary>Orthogonalizes each matrix.</summary>
    /// <param name="matrices">n matrices of one shape, (n, r, c).</param>
    /// <param name="rounds">How many rounds; each brings the singular values nearer to 1.</param>
    public static Tensor Orthogonalize(Tensor matrices, int rounds)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar epsilon = Epsilon;
        Tensor x = matrices / matrices.pow(Scalars.Two).sum([1, 2], keepdim: true).sqrt().add_(epsilon, alpha: Scalars.One);
        bool isTall = matrices.size(1) > matrices.size(2);
        if (isTall) x = x.transpose(1, 2); // A has the size of the shorter side
        foreach ((double first, double third, double fifth) in Rounds(rounds))
        {
            using Scalar a = first, b = third, c = fifth;
            Tensor square = TimesTransposed(x, x);
            Tensor polynomial = TimesTransposed(square, square).mul_(c).add_(square, alpha: b); // A is its own transpose
            x = TimesTransposed(polynomial, x.transpose(1, 2)).add_(x, alpha: a);
        }
        return (isTall ? x.transpose(1, 2) : x).MoveToOuterDisposeScope();
    }

    /// <summary>X Yᵀ for each pair: (n, r, k) and (n, c, k) to (n, r, c).</summary>
    private static Tensor TimesTransposed(Tensor x, Tensor y) =>
        x.size(0) == 1 ? LinearMap.Compute(x[0], y[0]).unsqueeze(0) : bmm(x, y.transpose(1, 2));
}
