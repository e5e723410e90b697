using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting.Tests.HostedTraining;

internal static class Controllers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static ITrainingController Training(this IHost host) => host.Services.GetRequiredService<ITrainingController>();

    /// <summary>Waits for a status, or fails after a minute with the one that the training is stuck in.</summary>
    public static async Task<TrainingStatus> WaitForAsync(this ITrainingController training, Func<TrainingStatus, bool> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        try
        {
            await foreach (TrainingStatus status in training.ReadProgressAsync(patience.Token))
                if (condition(status)) return status;
        }
        catch (OperationCanceledException)
        {
        }
        throw new TimeoutException($"The training is {training.Status}.");
    }

    public static Task<TrainingStatus> WaitForAsync(this ITrainingController training, TrainingState state) =>
        training.WaitForAsync(status => status.State == state);
}
