using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Hosting;

/// <summary>Registers health checks.</summary>
public static class HealthCheckBuilderExtensions
{
    /// <summary>
    /// Registers a health check of the hosted training: unhealthy where it has failed or a loss was not a number, degraded while it
    /// is retried and where its last step is older than <see cref="HostedTrainingOptions.MaxStepAge"/>.
    /// </summary>
    /// <param name="builder">What <c>services.AddHealthChecks()</c> returns.</param>
    /// <param name="name">The name that was given to <c>AddCs336</c>, or null.</param>
    /// <returns>The builder.</returns>
    public static IHealthChecksBuilder AddCs336Training(this IHealthChecksBuilder builder, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name is null ? "cs336-training" : $"cs336-training-{name}",
            services => new TrainingHealthCheck(
                services.GetRequiredPart<ITrainingController>(name),
                services.GetPartOptions<HostedTrainingOptions>(name).MaxStepAge,
                services.GetService<TimeProvider>() ?? TimeProvider.System),
            failureStatus: null,
            tags: null));
    }

    /// <summary>
    /// Registers a health check of the <see cref="GenerationService"/>: unhealthy where its thread broke off or three passes of the model in a
    /// row have failed, until one succeeds; degraded after one that has failed, and while its queue is full.
    /// </summary>
    /// <param name="builder">What <c>services.AddHealthChecks()</c> returns.</param>
    /// <param name="name">The name that was given to <c>AddCs336</c>, or null.</param>
    /// <param name="failureStatus">What to report where the service cannot be made, for want of a model say; null for unhealthy.</param>
    /// <returns>The builder.</returns>
    public static IHealthChecksBuilder AddCs336Generation(this IHealthChecksBuilder builder, string? name = null, HealthStatus? failureStatus = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name is null ? "cs336-generation" : $"cs336-generation-{name}",
            services => new GenerationHealthCheck(() => services.GetRequiredPart<GenerationService>(name).Status),
            failureStatus,
            tags: null));
    }
}
