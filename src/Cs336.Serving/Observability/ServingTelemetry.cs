using System.Diagnostics;

namespace Cs336.Serving;

/// <summary>What an app names to collect the package's telemetry.</summary>
public static class ServingTelemetry
{
    /// <summary>The activity source: one activity for each request, from its call to its end.</summary>
    public const string ActivitySourceName = "Cs336.Serving";

    /// <summary>The meter of <see cref="GenerationService"/>: queue, tokens, time to the first token.</summary>
    public const string MeterName = "Cs336.Serving";

    /// <summary>The tag that tells several models of an app apart, the same as a trainer's.</summary>
    internal const string NameTag = "cs336.name";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
