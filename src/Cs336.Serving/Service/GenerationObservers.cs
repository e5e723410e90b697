using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Cs336.Serving;

/// <summary>What a <see cref="GenerationService"/> tells its doings to, and its clock.</summary>
public sealed class GenerationObservers
{
    /// <summary>Where to log. Default null: nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Who makes the meter. Default null: the service makes its own.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>The tag <c>cs336.name</c> of measurements and activities, where an app has several models. Default null: no tag.</summary>
    public string? Name { get; init; }

    /// <summary>The clock of limits and measurements. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
