namespace Cs336.Training;

/// <summary>The same learning rate at every step.</summary>
public sealed class ConstantSchedule : ILrSchedule
{
    private readonly double _learningRate;

    /// <summary>Makes the schedule.</summary>
    /// <param name="learningRate">α; finite and not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public ConstantSchedule(double learningRate)
    {
        LearningRate.Check(learningRate);
        _learningRate = learningRate;
    }

    /// <inheritdoc/>
    public double GetLearningRate(long step) => _learningRate;
}
