using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>In which order a run sees its data.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<WindowSampling>))]
public enum WindowSampling
{
    /// <summary>Windows that begin anywhere, each place equally likely: <see cref="RandomWindowSampler"/>.</summary>
    Random,

    /// <summary>Every window once, in a shuffled order, then again in another order: <see cref="EpochSampler"/>.</summary>
    Epochs,
}
