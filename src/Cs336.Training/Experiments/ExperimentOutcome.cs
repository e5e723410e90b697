using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>How far a run of an experiment has come.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ExperimentOutcome>))]
public enum ExperimentOutcome
{
    /// <summary>It is under way, or was cut off: it is run again, from its last checkpoint where it keeps any.</summary>
    Unfinished,

    /// <summary>It came to its end, and is not run again.</summary>
    Completed,

    /// <summary>Its loss ran away, so that it was stopped; it is not run again.</summary>
    Diverged,

    /// <summary>It ended with an exception; it is run again the next time.</summary>
    Failed,
}
