using Cs336.Parts;
using Cs336.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the health check of a generation service.</summary>
public static class Cs336ServingHealthChecksBuilderExtensions
{
    /// <summary>
    /// Registers a health check of the <see cref="GenerationService"/>. It fails where the service cannot be made (without a model,
    /// say), where a pass of the model does not return, and where the service's thread broke off or three passes in a row have failed,
    /// until one succeeds. It is degraded after one that has failed, and while the queue is full.
    /// </summary>
    /// <param name="builder">What <c>services.AddHealthChecks()</c> returns.</param>
    /// <param name="key">The name that was given to <c>AddCs336</c>, or null.</param>
    /// <param name="name">The check's name; null for <c>cs336-generation</c>, followed by <c>-</c> and the key where there is one.</param>
    /// <param name="failureStatus">What is reported where the check fails; null for unhealthy.</param>
    /// <param name="tags">What checks are chosen by; null for none.</param>
    /// <param name="timeout">How long the check may take; null for any time.</param>
    /// <returns>The same, for the next call.</returns>
    public static IHealthChecksBuilder AddCs336Generation(
        this IHealthChecksBuilder builder, string? key = null, string? name = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name ?? (key is null ? "cs336-generation" : $"cs336-generation-{key}"),
            services => new GenerationHealthCheck(() => services.GetRequiredPart<GenerationService>(key).Status),
            failureStatus, tags, timeout));
    }
}
