using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// What NorMuon (Li et al., 2025) does with an orthogonal update O of r neurons, its rows, before a matrix goes along it. An orthogonal
/// matrix has singular values that are alike, but not rows: each is divided by the root of what its squares have been on average.
/// <code>
/// v ← β₂ v + (1 - β₂) mean over columns of O²    one number for each row
/// Ô = O / (√v + ε)
/// θ goes by 0.2 √(r c) / ‖Ô‖ · Ô                 so that the root mean square is 0.2, as about Muon's
/// </code>
/// </summary>
internal static class NeuronNormalization
{
    /// <summary>ε.</summary>
    public const double Epsilon = 1e-8;

    /// <summary>Updates the second moments, and makes Ô of O.</summary>
    /// <param name="update">O, (r, c), as it lies in memory; Ô afterwards.</param>
    /// <param name="moments">v, one for each row.</param>
    /// <param name="decay">β₂.</param>
    /// <returns>√(r c) / ‖Ô‖.</returns>
    public static double Apply(Span<float> update, Span<float> moments, double decay)
    {
        int columns = update.Length / moments.Length;
        for (int row = 0; row < moments.Length; row++)
        {
            Span<float> neuron = update.Slice(row * columns, columns);
            moments[row] = (float)((decay * moments[row]) + ((1 - decay) * SumOfSquares.Of(neuron) / columns));
            float factor = (float)(1 / (Math.Sqrt(moments[row]) + Epsilon));
            foreach (ref float element in neuron) element *= factor;
        }
        return Math.Sqrt(update.Length) / (Math.Sqrt(SumOfSquares.Of(update)) + Epsilon);
    }

    /// <summary>The same in tensor operations.</summary>
    /// <param name="update">O, (r, c).</param>
    /// <param name="moments">v, (r, 1).</param>
    /// <param name="decay">β₂.</param>
    /// <returns>√(r c) / ‖Ô‖ · Ô, (r, c).</returns>
    public static Tensor Apply(Tensor update, Tensor moments, double decay)
    {
        using Scalar kept = decay, added = 1 - decay, epsilon = Epsilon, size = Math.Sqrt(update.NumberOfElements);
        moments.mul_(kept).add_(update.pow(Scalars.Two).mean([1], keepdim: true), alpha: added);
        Tensor even = update / moments.sqrt().add_(epsilon, alpha: Scalars.One);
        Tensor norm = even.pow(Scalars.Two).sum().sqrt().add_(epsilon, alpha: Scalars.One);
        return even.mul_(size).div_(norm);
    }
}
