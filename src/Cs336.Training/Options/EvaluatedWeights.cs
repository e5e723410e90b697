using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>
/// Which weights a run with <see cref="TrainerOptions.EmaDecay"/> measures, and keeps as the model of its checkpoints, so that what is
/// the best, and what is exported, generated with and evaluated, is what was measured.
/// </summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EvaluatedWeights>))]
public enum EvaluatedWeights
{
    /// <summary>Their moving average.</summary>
    Average,

    /// <summary>Those that are trained; the average is kept beside them.</summary>
    Trained,
}
