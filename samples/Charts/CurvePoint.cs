namespace Cs336.Charts;

/// <summary>A loss that was measured at a step of the training.</summary>
/// <param name="Step">The number of optimizer steps so far.</param>
/// <param name="Loss">In nats a token. Not-a-number and infinite values are left out of a chart.</param>
public readonly record struct CurvePoint(long Step, double Loss);
