using Cs336.Training;

namespace Soak;

/// <summary>A callback and metric sink that fails now and then, whatever it is told of.</summary>
internal sealed class FaultyCallback(Faults faults) : ITrainingCallback, IMetricSink
{
    public void OnBegin(long step) => faults.MayThrow("callback", 4);

    public void OnStep(TrainingMetrics metrics) => faults.MayThrow("callback", 64);

    public void OnEvaluation(long step, Evaluation evaluation) => faults.MayThrow("callback", 4);

    public void OnCheckpoint(long step) => faults.MayThrow("callback", 4);

    public void OnWarning(string message) => faults.MayThrow("callback", 2);

    public void Begin(long step) => faults.MayThrow("metric sink", 4);

    public void Write(TrainingMetrics metrics) => faults.MayThrow("metric sink", 64);
}
