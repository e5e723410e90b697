using Cs336.Training;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Hosting;

/// <summary>
/// Fails where the training has failed or a loss was not a number; degraded while it is retried, and where its last step is too
/// long ago.
/// </summary>
internal sealed class TrainingHealthCheck(ITrainingController training, TimeSpan maxStepAge, TimeProvider time) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Judge(training.Status, context.Registration.FailureStatus));

    private HealthCheckResult Judge(TrainingStatus status, HealthStatus failure)
    {
        TimeSpan age = time.GetUtcNow() - status.ChangedAt;
        Dictionary<string, object> data = new()
        {
            ["state"] = status.State.ToString(),
            ["step"] = status.Step,
            ["last_step_age_seconds"] = Math.Round(age.TotalSeconds, 3),
        };
        if (status.Metrics is not null) data["loss"] = status.Metrics.Loss;
        if (status.State == TrainingState.Faulted)
            return new HealthCheckResult(failure, $"The training has failed at step {status.Step}.", status.Fault, data);
        if (status.Fault is TrainingDivergedException || status.Metrics is { Loss: double.NaN })
            return new HealthCheckResult(
                failure, $"The training has diverged at step {status.Step}: the loss is not a number.", status.Fault, data);
        if (status.State == TrainingState.Retrying)
            return HealthCheckResult.Degraded(
                $"The training has failed at step {status.Step} and is about to be retried.", status.Fault, data);
        if (status.State == TrainingState.Running && age > maxStepAge)
            return HealthCheckResult.Degraded(
                $"The last step was {age.TotalSeconds:f0} seconds ago, which is more than {maxStepAge.TotalSeconds:f0}.", data: data);
        return HealthCheckResult.Healthy($"{status.State} at step {status.Step}.", data);
    }
}
