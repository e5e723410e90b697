using Cs336.Training;
using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting;

/// <summary>
/// Lets a closed terminal or a lost connection (SIGHUP) stop a host that trains as Ctrl-C does, with a checkpoint, where it would end
/// the process at once.
/// </summary>
internal sealed class StopSignalsService(IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private StopSignals? _signals;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _signals ??= new StopSignals(lifetime.StopApplication);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals?.Dispose();
}
