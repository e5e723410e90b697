using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Hosting;

/// <summary>Degraded while the queue is full, so that requests are refused.</summary>
internal sealed class GenerationHealthCheck(Func<GenerationServiceStatus> readStatus) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        GenerationServiceStatus status;
        try
        {
            status = readStatus();
        }
        catch (Exception exception)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception));
        }
        Dictionary<string, object> data = new() { ["queue_length"] = status.QueueLength, ["queue_capacity"] = status.QueueCapacity, ["active"] = status.ActiveSequences };
        return Task.FromResult(status.QueueLength >= status.QueueCapacity
            ? HealthCheckResult.Degraded($"The queue is full: {status.QueueLength} requests wait.", data: data)
            : HealthCheckResult.Healthy($"{status.ActiveSequences} texts are generated, {status.QueueLength} requests wait.", data));
    }
}
