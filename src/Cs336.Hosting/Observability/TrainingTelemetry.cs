using System.Diagnostics;

namespace Cs336.Hosting;

/// <summary>
/// What an app names to collect the activities of a hosted training; its meter is <see cref="Cs336.Training.TrainingMeter"/>.
/// </summary>
public static class TrainingTelemetry
{
    /// <summary>The activity source: one activity for each sitting of a hosted training, from its start to its end.</summary>
    public const string ActivitySourceName = "Cs336.Hosting";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
