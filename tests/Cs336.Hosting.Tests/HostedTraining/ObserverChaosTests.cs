using System.Diagnostics;
using Cs336.Training;
using Cs336.Serving.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cs336.Hosting.Tests.HostedTraining;

/// <summary>Whoever looks on at a training may throw at any moment, also while it fails and is retried: it goes on to its end.</summary>
public sealed class ObserverChaosTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task A_log_that_always_throws_ends_no_training()
    {
        ChaosLogger logger = new(id => { if (id != 107) throw new IOException("disk full"); });
        await AssertCompletesAsync(
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Provider(logger))));
        Assert.NotEmpty(logger.Entries); // said once by each who logs, though it fails each time
        Assert.All(logger.Entries, entry => Assert.Equal("disk full", entry.Exception!.GetBaseException().Message));
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("started")]
    [InlineData("stopped")]
    public async Task A_listener_to_activities_that_throws_ends_no_training(string failing)
    {
        int calls = 0;
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == TrainingTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
            {
                if (options.Name != "cs336.training.sitting") return ActivitySamplingResult.None;
                Fail("sample");
                return ActivitySamplingResult.AllDataAndRecorded;
            },
            ActivityStarted = _ => Fail("started"),
            ActivityStopped = _ => Fail("stopped"),
        };
        ActivitySource.AddActivityListener(listener);
        await AssertCompletesAsync(_ => { });
        Assert.InRange(calls, 1, int.MaxValue);

        void Fail(string what)
        {
            if (what != failing) return;
            Interlocked.Increment(ref calls);
            throw new InvalidOperationException("no exporter");
        }
    }

    [Fact]
    public async Task A_store_that_cannot_be_asked_while_a_fault_is_dealt_with_is_asked_again()
    {
        string run = files.NewRun();
        FailingList store = new(new RunDirectory(run).OpenCheckpoints());
        await AssertCompletesAsync(services => services.AddSingleton<ICheckpointStore>(store), run, onFault: () => store.Failures = 3);
        Assert.Equal(0, store.Failures);
    }

    /// <summary>A training fails once at its sixth step, is retried, and completed; its host then stops in peace.</summary>
    private async Task AssertCompletesAsync(Action<IServiceCollection> before, string? run = null, Action? onFault = null)
    {
        bool hasFailed = false;
        using IHost host = files.BuildHost(
            run ?? files.NewRun(), steps: 8, training: options => options.Training.CheckpointEvery = 2, before: services =>
            {
                before(services);
                services.AddSingleton<ILrSchedule>(new Spy(step =>
                {
                    if (step != 5 || hasFailed) return;
                    hasFailed = true;
                    onFault?.Invoke();
                    throw new IOException("The disk is on fire.");
                }));
            },
            hosted: options => (options.Retries, options.RetryDelay, options.WhenFaulted) =
                (10, TimeSpan.FromMilliseconds(10), FaultPolicy.MarkUnhealthy));
        await host.StartAsync();
        TrainingStatus end = await host.Training().WaitForAsync(status => status.State is TrainingState.Completed or TrainingState.Faulted);
        Assert.Equal((TrainingState.Completed, 8), (end.State, end.Step));
        Assert.True(hasFailed);
        await host.StopAsync();
    }

    private sealed class Provider(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("Cs336", StringComparison.Ordinal) ? logger : NullLogger.Instance;

        public void Dispose()
        {
        }
    }

    private sealed class FailingList(ICheckpointStore inner) : ICheckpointStore
    {
        /// <summary>How often it is still to fail.</summary>
        public int Failures { get; set; }

        public Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default) =>
            inner.SaveAsync(step, files, cancellationToken);

        public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default)
        {
            if (Failures == 0) return inner.ListAsync(cancellationToken);
            Failures--;
            throw new IOException("The store is away.");
        }

        public Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default) =>
            inner.OpenReadAsync(step, file, cancellationToken);

        public Task DeleteAsync(long step, CancellationToken cancellationToken = default) => inner.DeleteAsync(step, cancellationToken);
    }
}
