using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>Which learning-rate schedule a configuration asks for.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ScheduleKind>))]
public enum ScheduleKind
{
    /// <summary><see cref="WarmupCosineSchedule"/>; <c>cosine</c> in JSON.</summary>
    Cosine,

    /// <summary><see cref="WarmupStableDecaySchedule"/>; <c>wsd</c> in JSON.</summary>
    [JsonStringEnumMemberName("wsd")]
    WarmupStableDecay,

    /// <summary><see cref="ConstantSchedule"/>; <c>constant</c> in JSON.</summary>
    Constant,
}
