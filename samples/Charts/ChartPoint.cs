namespace Cs336.Charts;

/// <summary>A point of a curve.</summary>
/// <param name="X">Such as the number of optimizer steps so far.</param>
/// <param name="Y">Such as a loss in nats a token. Not-a-number and infinite values are left out of a line.</param>
public readonly record struct ChartPoint(double X, double Y);
