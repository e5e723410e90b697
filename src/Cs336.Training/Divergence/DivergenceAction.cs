using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>What a trainer does where the loss or the gradient is not finite, or the loss jumps up.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<DivergenceAction>))]
public enum DivergenceAction
{
    /// <summary>The run ends with a <see cref="TrainingDivergedException"/>; the model is as it was before the step.</summary>
    Stop,

    /// <summary>The step's update is left out, and the run goes on with the next batch.</summary>
    Skip,

    /// <summary>The run goes back to its newest whole checkpoint and on from there with the batches that follow the bad one.</summary>
    RollBack,
}
