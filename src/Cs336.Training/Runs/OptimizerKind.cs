using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>Which optimizer a configuration asks for.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<OptimizerKind>))]
public enum OptimizerKind
{
    /// <summary><see cref="Cs336.Training.AdamW"/>; <c>adamw</c> in JSON.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary><see cref="Cs336.Training.Muon"/>, with AdamW for what is no hidden matrix; <c>muon</c> in JSON.</summary>
    [JsonStringEnumMemberName("muon")]
    Muon,

    /// <summary><see cref="Cs336.Training.Sgd"/>; <c>sgd</c> in JSON.</summary>
    [JsonStringEnumMemberName("sgd")]
    Sgd,
}
