namespace Cs336.Training;

/// <summary>Keeps a run's metrics. Called by the trainer's thread alone, in the order of the steps.</summary>
public interface IMetricSink
{
    /// <summary>
    /// Called before the first step of a sitting, and again where the run is rolled back: forgets what was kept of steps after
    /// <paramref name="step"/>, which will be done again.
    /// </summary>
    /// <param name="step">The step that the run goes on from; 0 for a new run.</param>
    void Begin(long step);

    /// <summary>Keeps the metrics of one step.</summary>
    void Write(TrainingMetrics metrics);
}
