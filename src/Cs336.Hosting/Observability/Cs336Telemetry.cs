using System.Diagnostics;

namespace Cs336.Hosting;

/// <summary>What an app names to collect the package's telemetry.</summary>
public static class Cs336Telemetry
{
    /// <summary>The activity source: one activity for each sitting of a hosted training, from its start to its end, and one for each generation.</summary>
    public const string ActivitySourceName = "Cs336.Hosting";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
