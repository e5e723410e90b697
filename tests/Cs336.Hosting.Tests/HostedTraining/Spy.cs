using Cs336.Training;

namespace Cs336.Hosting.Tests.HostedTraining;

/// <summary>A constant learning rate that tells a test of each step before it is done.</summary>
internal sealed class Spy(Action<long> onStep) : ILrSchedule
{
    public double GetLearningRate(long step)
    {
        onStep(step);
        return 1e-3;
    }
}
