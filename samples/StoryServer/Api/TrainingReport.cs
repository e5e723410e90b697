using Cs336.Hosting;
using Cs336.Training;

namespace StoryServer.Api;

/// <summary>Where the training stands.</summary>
/// <param name="State">What it is doing: preparing, running, paused, completed and so on.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Loss">The last step's loss in nats per token.</param>
/// <param name="ValidationLoss">The validation loss, where it was measured after this step.</param>
/// <param name="LearningRate">The last step's learning rate.</param>
/// <param name="TokensPerSecond">The last step's speed.</param>
/// <param name="ModelStep">The step of the model that tells stories now; null while there is none.</param>
/// <param name="Problem">What went wrong, where something did.</param>
public sealed record TrainingReport(
    string State, long Step, long Steps, double? Loss, double? ValidationLoss, double? LearningRate, double? TokensPerSecond,
    long? ModelStep, string? Problem)
{
    /// <summary>The report of a status.</summary>
    public static TrainingReport Of(TrainingStatus status, long steps, long? modelStep) => new(
        status.State.ToString().ToLowerInvariant(), status.Step, steps,
        Finite(status.Metrics?.Loss), Finite(status.Metrics?.ValidationLoss), Finite(status.Metrics?.LearningRate),
            Finite(status.Metrics?.TokensPerSecond),
        modelStep, status.Fault?.Message);

    /// <summary>JSON has no word for what is not a finite number.</summary>
    internal static double? Finite(double? value) => value is double number && double.IsFinite(number) ? number : null;
}
