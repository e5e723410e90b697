using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting.Tests.HostedTraining;

public sealed class FaultTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task A_fault_stops_the_host_and_fails_the_process_unless_told_otherwise()
    {
        int before = Environment.ExitCode;
        try
        {
            using IHost host = Build(failures: 1, hosted: _ => { });
            Task running = host.RunAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(1, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = before;
        }
    }

    [Fact]
    public async Task A_fault_that_is_only_marked_turns_the_health_check_red_and_a_start_tries_again()
    {
        using IHost host = Build(failures: 1, hosted: options => options.WhenFaulted = FaultPolicy.MarkUnhealthy);
        await host.StartAsync();
        TrainingStatus status = await host.Training().WaitForAsync(TrainingState.Faulted);
        Assert.Equal("The disk is on fire.", status.Fault!.Message);
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("The training has failed at step 5.", report.Entries["cs336-training"].Description);

        host.Training().Start();
        await host.Training().WaitForAsync(TrainingState.Completed);
        report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_fault_is_retried_from_the_last_checkpoint()
    {
        List<long> steps = [];
        using IHost host = Build(failures: 2, hosted: Retry(2), steps);
        await host.StartAsync();
        TrainingStatus end = await host.Training().WaitForAsync(TrainingState.Completed);
        Assert.Null(end.Fault);
        Assert.Equal(
            [0, 1, 2, 3, 4, 5, /* failed; what was done is kept. To go on, the rates are compared: */ 5, /* failed */ 5, /* and taken: */ 5,
            6, 7], steps);
        await host.StopAsync();
    }

    [Fact]
    public async Task When_the_retries_are_spent_it_has_failed()
    {
        using IHost host = Build(failures: 3, hosted: Retry(2));
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Faulted);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_fault_before_the_first_checkpoint_loses_nothing()
    {
        List<long> steps = [];
        using IHost host = Build(failures: 1, hosted: Retry(2), steps, checkpointEvery: 100);
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Completed);
        Assert.Equal([0, 1, 2, 3, 4, 5, /* failed; to go on, the rates are compared: */ 5, /* and taken: */ 5, 6, 7], steps);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_missing_file_is_a_fault_that_tells_which()
    {
        using IHost host = files.BuildHost(files.NewRun(),
            training: options => options.Data.Training = ["nowhere.npy"], hosted: options =>
                options.WhenFaulted = FaultPolicy.MarkUnhealthy);
        await host.StartAsync();
        TrainingStatus status = await host.Training().WaitForAsync(TrainingState.Faulted);
        Assert.Contains("nowhere.npy", status.Fault!.Message);
        await host.StopAsync();
    }

    private static Action<HostedTrainingOptions> Retry(int retries) => options =>
        (options.Retries, options.RetryDelay, options.WhenFaulted) = (retries, TimeSpan.FromMilliseconds(10), FaultPolicy.MarkUnhealthy);

    /// <summary>A host whose training fails at its sixth step so many times.</summary>
    private IHost Build(int failures, Action<HostedTrainingOptions> hosted, List<long>? steps = null, long checkpointEvery = 2) =>
        files.BuildHost(
        files.NewRun(), steps: 8, hosted: hosted, training: options => options.Training.CheckpointEvery = checkpointEvery,
        before: services =>
        {
            services.AddHealthChecks().AddCs336Training();
            services.AddSingleton<ILrSchedule>(new Spy(step =>
            {
                steps?.Add(step);
                if (step == 5 && failures-- > 0) throw new IOException("The disk is on fire.");
            }));
        });
}
