using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Hosting;

/// <summary>What happens when a hosted training has failed and is not, or no longer, retried.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<FaultPolicy>))]
public enum FaultPolicy
{
    /// <summary>The host stops and the process's exit code becomes 1, so that whoever watches over it starts it again.</summary>
    StopHost,

    /// <summary>The host goes on serving; the health check reports the fault.</summary>
    MarkUnhealthy,
}
