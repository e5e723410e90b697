namespace Cs336.Training;

/// <summary>The learning rate as a pure function of the step, so that a resumed run needs only its step.</summary>
public interface ILrSchedule
{
    /// <summary>α of a step.</summary>
    /// <param name="step">Number of steps done before it, from 0.</param>
    double GetLearningRate(long step);
}
