using Cs336.Hosting;
using Cs336.Parts;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the health check of a hosted training.</summary>
public static class Cs336TrainingHealthChecksBuilderExtensions
{
    /// <summary>
    /// Registers a health check of the hosted training. It fails where the training has failed or a loss was not a number; it is degraded
    /// while the training is retried and where its last step is older than <see cref="HostedTrainingOptions.MaxStepAge"/>.
    /// </summary>
    /// <param name="builder">What <c>services.AddHealthChecks()</c> returns.</param>
    /// <param name="key">The name that was given to <c>AddCs336</c>, or null.</param>
    /// <param name="name">The check's name; null for <c>cs336-training</c>, followed by <c>-</c> and the key where there is one.</param>
    /// <param name="failureStatus">What is reported where the check fails; null for unhealthy.</param>
    /// <param name="tags">What checks are chosen by; null for none.</param>
    /// <param name="timeout">How long the check may take; null for any time.</param>
    /// <returns>The same, for the next call.</returns>
    public static IHealthChecksBuilder AddCs336Training(
        this IHealthChecksBuilder builder, string? key = null, string? name = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name ?? (key is null ? "cs336-training" : $"cs336-training-{key}"),
            services => new TrainingHealthCheck(
                services.GetRequiredPart<ITrainingController>(key),
                services.GetPartOptions<HostedTrainingOptions>(key).MaxStepAge,
                services.GetService<TimeProvider>() ?? TimeProvider.System),
            failureStatus, tags, timeout));
    }
}
