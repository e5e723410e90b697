using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>What a <see cref="GenerationService"/> tells its doings to, and its clock.</summary>
public sealed class GenerationObservers
{
    /// <summary>Where to log. Default null: nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Who makes the meter. Default null: the service makes its own.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>What measurements call the model, where an app has several. Default null: nothing.</summary>
    public string? ModelName { get; init; }

    /// <summary>The clock of limits and measurements. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
