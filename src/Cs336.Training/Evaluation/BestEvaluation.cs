namespace Cs336.Training;

/// <summary>The best validation of a run so far.</summary>
/// <param name="Step">Steps done when it was made.</param>
/// <param name="Loss">Mean cross-entropy on the validation set in nats per token.</param>
public sealed record BestEvaluation(long Step, double Loss);
