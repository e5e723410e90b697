using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Serving;

/// <summary>
/// Fails where the service cannot be made, where a pass of the model does not return, and where the service's thread broke off or the model
/// fails again and again, until a pass succeeds; degraded after a failed pass and while the queue is full.
/// </summary>
internal sealed class GenerationHealthCheck(Func<GenerationServiceStatus> readStatus) : IHealthCheck
{
    private const int TooManyFailedPasses = 3;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        HealthStatus failure = context.Registration.FailureStatus;
        GenerationServiceStatus status;
        try
        {
            status = readStatus();
        }
        catch (Exception exception)
        {
            return Task.FromResult(new HealthCheckResult(failure, exception.Message, exception));
        }
        return Task.FromResult(Judge(status, failure));
    }

    private static HealthCheckResult Judge(GenerationServiceStatus status, HealthStatus failure)
    {
        Dictionary<string, object> data = new()
        {
            ["queue_length"] = status.QueueLength, ["queue_capacity"] = status.QueueCapacity,
            ["active"] = status.ActiveRequests, ["failed_passes"] = status.FailedPasses,
        };
        if (status.IsStalled)
            return new HealthCheckResult(failure, "A pass of the model does not return, and holds up every text.", data: data);
        if (status.Fault is not null)
        {
            string description =
                $"The service's thread broke off and has begun again, but nothing has succeeded since: {status.Fault.Message}";
            return new HealthCheckResult(failure, description, status.Fault, data);
        }
        if (status.FailedPasses >= TooManyFailedPasses)
            return new HealthCheckResult(failure, $"The last {status.FailedPasses} passes of the model have failed.", data: data);
        if (status.FailedPasses > 0) return HealthCheckResult.Degraded("The last pass of the model has failed.", data: data);
        if (status.QueueLength >= status.QueueCapacity)
            return HealthCheckResult.Degraded($"The queue is full: {status.QueueLength} requests wait.", data: data);
        return HealthCheckResult.Healthy($"{status.ActiveRequests} texts are generated, {status.QueueLength} requests wait.", data);
    }
}
