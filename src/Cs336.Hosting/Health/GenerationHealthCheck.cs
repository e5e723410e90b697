using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Hosting;

/// <summary>Unhealthy where the service's thread broke off or the model fails again and again, until a pass succeeds; degraded after a failed pass and while the queue is full.</summary>
internal sealed class GenerationHealthCheck(Func<GenerationServiceStatus> readStatus) : IHealthCheck
{
    private const int TooManyFailedPasses = 3;

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
        return Task.FromResult(Judge(status));
    }

    private static HealthCheckResult Judge(GenerationServiceStatus status)
    {
        Dictionary<string, object> data = new()
        {
            ["queue_length"] = status.QueueLength, ["queue_capacity"] = status.QueueCapacity, ["active"] = status.ActiveSequences, ["failed_passes"] = status.FailedPasses,
        };
        if (status.Fault is not null)
            return HealthCheckResult.Unhealthy($"The service's thread broke off and has begun again, but nothing has succeeded since: {status.Fault.Message}", status.Fault, data);
        if (status.FailedPasses >= TooManyFailedPasses) return HealthCheckResult.Unhealthy($"The last {status.FailedPasses} passes of the model have failed.", data: data);
        if (status.FailedPasses > 0) return HealthCheckResult.Degraded("The last pass of the model has failed.", data: data);
        if (status.QueueLength >= status.QueueCapacity) return HealthCheckResult.Degraded($"The queue is full: {status.QueueLength} requests wait.", data: data);
        return HealthCheckResult.Healthy($"{status.ActiveSequences} texts are generated, {status.QueueLength} requests wait.", data);
    }
}
