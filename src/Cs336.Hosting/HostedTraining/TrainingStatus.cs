using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>Where a hosted training stands.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Step">Steps done since the run began, earlier starts of the program included.</param>
/// <param name="Metrics">What is known of the last step of this process; null before its first.</param>
/// <param name="ChangedAt">When the last step was done, or the state last changed.</param>
/// <param name="Fault">What went wrong last; null where nothing did since the last step.</param>
public sealed record TrainingStatus(TrainingState State, long Step, TrainingMetrics? Metrics, DateTimeOffset ChangedAt, Exception? Fault);
