using Cs336.Inference;

namespace Cs336.Training;

/// <summary>The state as version 1 of the format holds it: only random windows, no judge of divergence, no early stopping.</summary>
internal sealed record TrainerStateVersion1(long Step, long TokensSeen, double ElapsedSeconds, SeededRandomState SamplerState,
    Evaluation? LastEvaluation = null)
{
    public TrainerState ToCurrent() => new()
    {
        Step = Step,
        TokensSeen = TokensSeen,
        ElapsedSeconds = ElapsedSeconds,
        Sampler = new SamplerState { Random = SamplerState },
        LastEvaluation = LastEvaluation,
    };
}
