namespace Cs336.Training;

/// <summary>The constants of one step of <see cref="Muon"/>'s matrices.</summary>
/// <param name="GradientScale">What gradients are multiplied by.</param>
/// <param name="Momentum">μ.</param>
/// <param name="LearningRate">α', the matrices' own.</param>
/// <param name="Kept">1 - α' λ.</param>
/// <param name="Rounds">(a, b, c) of each round of the iteration.</param>
internal sealed record MuonConstants(double GradientScale, double Momentum, double LearningRate, double Kept,
    IReadOnlyList<(double A, double B, double C)> Rounds)
{
    /// <summary>β₂ of the neurons' second moments, where the update is <see cref="NeuronNormalization"/>'s; null where it is not.</summary>
    public double? NeuronDecay { get; init; }

    /// <summary>α' · 0.2 √max(r, c): how far a matrix goes along its orthogonal direction.</summary>
    /// <param name="longerSide">max(r, c).</param>
    public double Towards(long longerSide) => LearningRate * 0.2 * Math.Sqrt(longerSide);
}
