using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Cs336.Serving.Tests.Health;

public sealed class GenerationHealthCheckTests
{
    [Theory]
    [InlineData(0, HealthStatus.Healthy, "3 texts are generated, 0 requests wait.")]
    [InlineData(63, HealthStatus.Healthy, "3 texts are generated, 63 requests wait.")]
    [InlineData(64, HealthStatus.Degraded, "The queue is full: 64 requests wait.")]
    public async Task A_full_queue_is_told(int waiting, HealthStatus expected, string description)
    {
        HealthCheckResult result = await CheckAsync(() => new GenerationServiceStatus(waiting, 64, 3, 8));
        Assert.Equal((expected, description, waiting), (result.Status, result.Description, result.Data["queue_length"]));
    }

    [Theory]
    [InlineData(1, HealthStatus.Degraded, "The last pass of the model has failed.")]
    [InlineData(2, HealthStatus.Degraded, "The last pass of the model has failed.")]
    [InlineData(3, HealthStatus.Unhealthy, "The last 3 passes of the model have failed.")]
    public async Task A_model_that_fails_is_told(int failedPasses, HealthStatus expected, string description)
    {
        HealthCheckResult result = await CheckAsync(() => new GenerationServiceStatus(0, 64, 0, 8) { FailedPasses = failedPasses });
        Assert.Equal((expected, description, failedPasses), (result.Status, result.Description, result.Data["failed_passes"]));
    }

    [Fact]
    public async Task A_thread_that_broke_off_is_unhealthy()
    {
        InvalidOperationException fault = new("no clock");
        HealthCheckResult result = await CheckAsync(() => new GenerationServiceStatus(0, 64, 0, 8) { Fault = fault });
        Assert.Equal((HealthStatus.Unhealthy, fault), (result.Status, result.Exception));
        Assert.EndsWith("no clock", result.Description);
    }

    [Fact]
    public async Task A_pass_that_does_not_return_is_unhealthy()
    {
        HealthCheckResult result = await CheckAsync(() => new GenerationServiceStatus(0, 64, 1, 8) { IsStalled = true });
        Assert.Equal(
            (HealthStatus.Unhealthy, "A pass of the model does not return, and holds up every text."), (result.Status, result.Description));
    }

    [Fact]
    public async Task A_failure_has_the_status_that_the_app_chose()
    {
        GenerationServiceStatus status = new(0, 64, 0, 8) { FailedPasses = 3 };
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(() => status, HealthStatus.Degraded)).Status);
        HealthCheckResult result = await CheckAsync(
            () => throw new InvalidOperationException("There is no model yet."), HealthStatus.Degraded);
        Assert.Equal((HealthStatus.Degraded, "There is no model yet."), (result.Status, result.Description));
    }

    [Fact]
    public void A_check_takes_name_tags_status_and_timeout()
    {
        ServiceCollection services = new();
        services.AddHealthChecks().AddCs336Generation().AddCs336Generation("small")
            .AddCs336Generation("large", "big model", HealthStatus.Degraded, ["ready", "gpu"], TimeSpan.FromSeconds(3));
        using ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckRegistration[] checks = [.. provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations];
        Assert.Equal(["cs336-generation", "cs336-generation-small", "big model"], checks.Select(check => check.Name));
        Assert.Equal([HealthStatus.Unhealthy, HealthStatus.Unhealthy, HealthStatus.Degraded], checks.Select(check => check.FailureStatus));
        Assert.Equal(["gpu", "ready"], checks[2].Tags.Order());
        Assert.Equal(TimeSpan.FromSeconds(3), checks[2].Timeout);
    }

    private static Task<HealthCheckResult> CheckAsync(Func<GenerationServiceStatus> readStatus, HealthStatus? failureStatus = null)
    {
        GenerationHealthCheck check = new(readStatus);
        return check.CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("x", check, failureStatus, null) });
    }
}
