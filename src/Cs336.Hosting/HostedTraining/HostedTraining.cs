using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting;

/// <summary>Gives a training its thread for as long as the host runs. One thread for all of it, because libtorch keeps worker threads for each thread that computes.</summary>
internal sealed class HostedTraining(TrainingController controller) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => controller.Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
