namespace Cs336.Training;

/// <summary>
/// Is told what happens in a run, on the training thread, which waits meanwhile: the model may be used, and a long wait is a pause.
/// Every method does nothing unless it is implemented. An exception is a warning and the run goes on, unless
/// <c>on_observer_failure</c> is <c>stop</c>; a <see cref="TrainingDivergedException"/> ends it always.
/// </summary>
public interface ITrainingCallback
{
    /// <summary>A sitting begins, or the run was rolled back: what was kept of steps after this one will be done again.</summary>
    /// <param name="step">Number of steps done.</param>
    void OnBegin(long step) { }

    /// <summary>
    /// Whether <see cref="OnStep"/> will ask what the model has learnt by a step. It then has the weights that are evaluated, with
    /// <see cref="TrainerOptions.EmaDecay"/> their average; otherwise those that are trained. Exchanging them takes the time of copying
    /// the weights three times. Default false.
    /// </summary>
    /// <param name="step">Number of steps done.</param>
    bool AsksModel(long step) => false;

    /// <summary>A step is done.</summary>
    /// <param name="metrics">What is known of it.</param>
    void OnStep(TrainingMetrics metrics) { }

    /// <summary>A validation is done.</summary>
    /// <param name="step">Number of steps done.</param>
    /// <param name="evaluation">What it came to.</param>
    void OnEvaluation(long step, Evaluation evaluation) { }

    /// <summary>A checkpoint is written, and survives a crash from now on; the training may be some steps further.</summary>
    void OnCheckpoint(long step) { }

    /// <summary>A step diverged and was skipped or rolled back.</summary>
    /// <param name="divergence">What was found and done.</param>
    void OnDivergence(DivergenceEvent divergence) { }

    /// <summary>
    /// Something went wrong that does not end the run, or the run ends and this tells what is left of it. An exception here is ignored.
    /// </summary>
    /// <param name="message">What happened, in a sentence or two.</param>
    void OnWarning(string message) { }
}
