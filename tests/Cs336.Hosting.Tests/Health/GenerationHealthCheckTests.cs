using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cs336.Hosting.Tests.Health;

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
    public async Task Without_a_model_the_status_is_what_the_app_chose()
    {
        HealthCheckResult result = await CheckAsync(() => throw new InvalidOperationException("There is no model yet."));
        Assert.Equal((HealthStatus.Degraded, "There is no model yet."), (result.Status, result.Description));
    }

    private static Task<HealthCheckResult> CheckAsync(Func<GenerationServiceStatus> readStatus)
    {
        GenerationHealthCheck check = new(readStatus);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("x", check, HealthStatus.Degraded, null) });
    }
}
