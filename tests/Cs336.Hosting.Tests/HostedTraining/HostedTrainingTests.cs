using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting.Tests.HostedTraining;

public sealed class HostedTrainingTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task It_trains_to_the_end_without_holding_up_the_hosts_start()
    {
        using ManualResetEventSlim prepared = new();
        string run = files.NewRun();
        using IHost host = files.BuildHost(run, hosted: options => options.Prepare = (_, _) => Task.Run(prepared.Wait));
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Preparing);
        prepared.Set();
        TrainingStatus end = await host.Training().WaitForAsync(TrainingState.Completed);
        Assert.Equal((6, 6), (end.Step, end.Metrics!.Step));
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoints", "step-00000006")));
        await host.StopAsync();
    }

    [Fact]
    public async Task Stopping_the_host_saves_a_checkpoint_and_the_next_start_goes_on_as_if_it_had_never_stopped()
    {
        IReadOnlyList<TrainingMetrics> uninterrupted = await TrainAsync(files.NewRun(), stopAt: null);
        string run = files.NewRun();
        await TrainAsync(run, stopAt: 7);
        IReadOnlyList<TrainingMetrics> resumed = await TrainAsync(run, stopAt: null);
        Assert.Equal(30, uninterrupted.Count);
        Assert.Equal(
            uninterrupted.Select(metrics => (metrics.Step, metrics.Loss, metrics.GradientNorm, metrics.ValidationLoss)),
            resumed.Select(metrics => (metrics.Step, metrics.Loss, metrics.GradientNorm, metrics.ValidationLoss)));
    }

    [Fact]
    public async Task A_host_that_is_started_twice_has_one_training()
    {
        int prepared = 0;
        using ManualResetEventSlim go = new();
        string run = files.NewRun();
        using IHost host = files.BuildHost(
            run, hosted: options => options.Prepare = (_, _) => Task.Run(() => { Interlocked.Increment(ref prepared); go.Wait(); }));
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Preparing);
        Task again = host.RunAsync(); // which starts the host, as many a program does after StartAsync
        BackgroundService training = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().Single();
        Task one = training.ExecuteTask!;
        await training.StartAsync(CancellationToken.None);
        Assert.Same(one, training.ExecuteTask);
        go.Set();
        await host.Training().WaitForAsync(TrainingState.Completed);
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await again;
        Assert.Equal(1, prepared);
        Assert.Equal([1, 2, 3, 4, 5, 6], JsonLinesMetricSink.Read(new RunDirectory(run).Metrics).Select(metrics => metrics.Step));
    }

    [Fact]
    public async Task A_host_that_stops_while_the_parts_are_made_waits_for_them()
    {
        using ManualResetEventSlim making = new(), release = new();
        IHost host = files.BuildHost(
            files.NewRun(),
            before: services => services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(1))
            .AddSingleton<IOptimizer>(provider =>
            {
                TransformerLM model = provider.GetRequiredService<TransformerLM>();
                making.Set();
                release.Wait();
                return new Sgd(NamedParameter.Of(model));
            }));
        await host.StartAsync();
        making.Wait();
        Task stopped = Task.Run(async () =>
        {
            await host.StopAsync();
            host.Dispose();
        });
        Assert.NotSame(stopped, await Task.WhenAny(stopped, Task.Delay(300))); // by then the shutdown time is long over
        release.Set();
        await stopped;
    }

    [Fact]
    public async Task A_pause_halts_it_until_it_is_resumed()
    {
        using IHost host = files.BuildHost(files.NewRun(), steps: 1_000_000);
        await host.StartAsync();
        ITrainingController training = host.Training();
        await training.WaitForAsync(status => status.Step >= 2);
        await training.PauseAsync();
        long step = training.Status.Step;
        Assert.Equal(TrainingState.Paused, training.Status.State);
        await Task.Delay(100);
        Assert.Equal((TrainingState.Paused, step), (training.Status.State, training.Status.Step));
        training.Resume();
        await training.WaitForAsync(status => status.Step >= step + 2);
        await training.PauseAsync();
        await host.StopAsync(); // also out of a pause
        Assert.Equal(TrainingState.Stopped, training.Status.State);
    }

    [Fact]
    public async Task It_can_be_stopped_and_started_again()
    {
        string run = files.NewRun();
        using IHost host = files.BuildHost(run, steps: 1_000_000, hosted: options => options.StartWithHost = false);
        await host.StartAsync();
        ITrainingController training = host.Training();
        Assert.Equal(TrainingState.Idle, training.Status.State);
        await training.PauseAsync(); // nothing to pause
        training.Resume();
        await training.StopAsync(); // nor to stop

        training.Start();
        training.Start();
        await training.WaitForAsync(status => status.Step >= 3);
        await training.StopAsync();
        Assert.Equal(TrainingState.Stopped, training.Status.State);
        long step = training.Status.Step;
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoints", $"step-{step:d8}")));

        training.Start();
        await training.WaitForAsync(status => status.Step >= step + 3);
        await host.StopAsync();
    }

    [Fact]
    public async Task Every_reader_of_the_progress_sees_every_step()
    {
        using IHost host = files.BuildHost(files.NewRun(), steps: 40, hosted: options => options.StartWithHost = false);
        await host.StartAsync();
        Task<List<long>>[] readers = [.. Enumerable.Range(0, 5).Select(_ => ReadStepsAsync(host.Training()))];
        host.Training().Start();
        await host.Training().WaitForAsync(TrainingState.Completed);
        await host.StopAsync(); // ends the readings
        foreach (List<long> steps in await Task.WhenAll(readers)) Assert.Equal(Enumerable.Range(1, 40).Select(step => (long)step), steps);
    }

    [Fact]
    public async Task The_model_is_made_on_the_training_thread()
    {
        int? modelThread = null, stepThread = null;
        using IHost host = files.BuildHost(files.NewRun(), before: services => services
            .AddSingleton<IOptimizer>(provider =>
            {
                modelThread = Environment.CurrentManagedThreadId;
                return new AdamW(NamedParameter.Of(provider.GetRequiredService<TransformerLM>()));
            })
            .AddSingleton<ILrSchedule>(new Spy(_ => stepThread = Environment.CurrentManagedThreadId)));
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Completed);
        await host.StopAsync();
        Assert.NotNull(modelThread);
        Assert.Equal(modelThread, stepThread);
    }

    private async Task<IReadOnlyList<TrainingMetrics>> TrainAsync(string run, long? stopAt)
    {
        using IHost host = files.BuildHost(run, steps: 30, training: options => options.Training.EvaluateEvery = 10);
        await host.StartAsync();
        if (stopAt is long step) await host.Training().WaitForAsync(status => status.Step >= step);
        else await host.Training().WaitForAsync(TrainingState.Completed);
        await host.StopAsync();
        return JsonLinesMetricSink.Read(Path.Combine(run, "metrics.jsonl"));
    }

    private static async Task<List<long>> ReadStepsAsync(ITrainingController training)
    {
        List<long> steps = [];
        await foreach (TrainingStatus status in training.ReadProgressAsync())
            if (status is { State: TrainingState.Running, Metrics: not null } && status.Metrics.Step != steps.LastOrDefault())
                steps.Add(status.Metrics.Step);
        return steps;
    }
}
