using Cs336.Inference;

namespace Cs336.Training;

/// <summary>What a run needs to go on, besides the model and the optimizer.</summary>
internal sealed record TrainerState(
    long Step,
    long TokensSeen,
    double ElapsedSeconds,
    SeededRandomState SamplerState,
    Evaluation? LastEvaluation = null); // optional, because JSON leaves it out where there was none yet
