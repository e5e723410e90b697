using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting;

/// <summary>
/// Gives a training its thread for as long as the host runs. One thread for all of it, because libtorch keeps worker threads for each
/// thread that computes.
/// </summary>
internal sealed class HostedTraining(TrainingController controller) : BackgroundService
{
    /// <summary>A host that is started twice, as by <c>StartAsync</c> and then <c>RunAsync</c>, has one training all the same.</summary>
    public override Task StartAsync(CancellationToken cancellationToken) =>
        ExecuteTask is { IsCompleted: false } ? Task.CompletedTask : base.StartAsync(cancellationToken);

    /// <summary>
    /// Once there is a model, its <see cref="ModelLifetimeGuard"/> waits; while the parts are made, they must not be freed under the
    /// thread that makes them.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (controller.IsMakingParts) controller.WaitForEnd();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(
            () => controller.Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
