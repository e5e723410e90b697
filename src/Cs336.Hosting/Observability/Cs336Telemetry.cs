using System.Diagnostics;

namespace Cs336.Hosting;

/// <summary>What an app names to collect the package's telemetry.</summary>
public static class Cs336Telemetry
{
    /// <summary>The activity source: one activity for each sitting of a hosted training, from its start to its end, and one for each generation.</summary>
    public const string ActivitySourceName = "Cs336.Hosting";

    /// <summary>The meter of <see cref="GenerationService"/>: queue, tokens, time to the first token.</summary>
    public const string GenerationMeterName = "Cs336.Generation";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
