using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting.Tests.Health;

public sealed class TrainingHealthCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(TrainingState.Running, 10, HealthStatus.Healthy, "Running at step 3.")]
    [InlineData(TrainingState.Running, 61, HealthStatus.Degraded, "The last step was 61 seconds ago, which is more than 60.")]
    [InlineData(TrainingState.Paused, 600, HealthStatus.Healthy, "Paused at step 3.")]
    [InlineData(TrainingState.Completed, 600, HealthStatus.Healthy, "Completed at step 3.")]
    [InlineData(TrainingState.Retrying, 1, HealthStatus.Degraded, "The training has failed at step 3 and is about to be retried.")]
    [InlineData(TrainingState.Faulted, 1, HealthStatus.Unhealthy, "The training has failed at step 3.")]
    public async Task The_state_and_the_last_steps_age_are_judged(TrainingState state, int age, HealthStatus expected, string description)
    {
        HealthCheckResult result = await CheckAsync(new TrainingStatus(state, 3, null, Now.AddSeconds(-age), null));
        Assert.Equal((expected, description), (result.Status, result.Description));
        Assert.Equal((double)age, result.Data["last_step_age_seconds"]);
    }

    [Fact]
    public async Task A_loss_that_is_not_a_number_is_unhealthy()
    {
        TrainingMetrics metrics =
            new() { Step = 3, Loss = double.NaN, LearningRate = 1, GradientNorm = 1, TokensSeen = 1, TokensPerSecond = 1,
            Elapsed = TimeSpan.Zero };
        HealthCheckResult result = await CheckAsync(new TrainingStatus(TrainingState.Running, 3, metrics, Now, null));
        Assert.Equal(
            (HealthStatus.Unhealthy, "The training has diverged at step 3: the loss is not a number."),
            (result.Status, result.Description));
    }

    [Fact]
    public async Task A_failure_has_the_status_that_the_app_chose()
    {
        TrainingStatus failed = new(TrainingState.Faulted, 3, null, DateTimeOffset.UnixEpoch, null);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(failed, HealthStatus.Degraded)).Status);
    }

    [Fact]
    public void A_check_takes_name_tags_status_and_timeout()
    {
        ServiceCollection services = new();
        services.AddHealthChecks().AddCs336Training().AddCs336Training(
            "small", "small model", HealthStatus.Degraded, ["ready"], TimeSpan.FromSeconds(3));
        using ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckRegistration[] checks = [.. provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations];
        Assert.Equal(["cs336-training", "small model"], checks.Select(check => check.Name));
        Assert.Equal((HealthStatus.Degraded, TimeSpan.FromSeconds(3)), (checks[1].FailureStatus, checks[1].Timeout));
        Assert.Equal(["ready"], checks[1].Tags);
    }

    private static Task<HealthCheckResult> CheckAsync(TrainingStatus status, HealthStatus? failureStatus = null)
    {
        TrainingHealthCheck check = new(new Fixed(status), TimeSpan.FromMinutes(1), new Clock());
        return check.CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("x", check, failureStatus, null) });
    }

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Fixed(TrainingStatus status) : ITrainingController
    {
        public TrainingStatus Status => status;

        public void Start() => throw new NotSupportedException();

        public Task PauseAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Resume() => throw new NotSupportedException();

        public Task StopAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<TrainingStatus> ReadProgressAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
