using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>
/// What a trainer does where one that it tells of the run fails: a metric sink, a callback, its progress or a listener of its
/// meter.
/// </summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ObserverFailure>))]
public enum ObserverFailure
{
    /// <summary>The run goes on with a warning.</summary>
    Warn,

    /// <summary>The run ends with the observer's exception.</summary>
    Stop,
}
