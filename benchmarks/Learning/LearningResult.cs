namespace Cs336.Benchmarks.Learning;

/// <summary>What a training came to.</summary>
/// <param name="Loss">Nats a byte on the validation text.</param>
/// <param name="TrainingLoss">Nats a byte on as much of the training text, from its beginning.</param>
/// <param name="Bytes">Bytes that were validated on.</param>
/// <param name="Parameters">Numbers that were learnt.</param>
/// <param name="Seconds">Seconds of training.</param>
internal sealed record LearningResult(double Loss, double TrainingLoss, double Bytes, long Parameters, double Seconds);
