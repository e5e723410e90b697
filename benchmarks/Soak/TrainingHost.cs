using Cs336.Hosting;
using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Soak;

/// <summary>
/// The process that trains: a host that tells on its standard output what happens, and stops when its standard input ends.
/// </summary>
internal static class TrainingHost
{
    /// <summary>Trains to the last step, or until it is told to stop.</summary>
    /// <param name="folder">What <see cref="SoakFiles"/> has made.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="steps">Steps of the whole run.</param>
    /// <param name="seed">Of the faults; null for none.</param>
    /// <param name="pause">How long each step waits, which leaves the processor to those who serve.</param>
    public static async Task RunAsync(string folder, string run, long steps, int? seed, TimeSpan pause)
    {
        SoakFiles files = new(folder);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        if (seed is int number) AddFaults(builder, run, new Faults(number) { Told = kind => Console.WriteLine($"fault {kind}") });
        builder.Services.AddSingleton<ITrainingCallback>(new Teller(pause));
        builder.Services.AddCs336()
            .AddTokenizer(options => options.Directory = files.Tokenizer)
            .AddTrainer(options =>
            {
                options.Directory = run;
                options.Data.Training = [files.Tokens];
                options.Model = options.Model with { ContextLength = 32, DModel = 32, NumLayers = 2, NumHeads = 4 };
                // so that the run's length changes no step
                (options.Optimizer.Schedule, options.Optimizer.WarmupSteps) = (ScheduleKind.Constant, 0);
                (options.Training.MaxSteps, options.Training.BatchSize, options.Training.CheckpointEvery) = (steps, 4, 20);
                (options.Training.EvaluateEvery, options.Training.EvaluationTokens) = (100, 1_024);
            })
            .AddHostedTraining(options => (options.Retries, options.RetryDelay) = (1_000, TimeSpan.FromMilliseconds(20)));
        using IHost host = builder.Build();
        await host.StartAsync();
        Task told = Task.Run(Console.In.ReadToEnd);
        Task completed = WaitForEndAsync(host.Services.GetRequiredService<ITrainingController>());
        Task stopped = host.WaitForShutdownAsync();
        await Task.WhenAny(told, completed, stopped);
        await host.StopAsync();
        Console.WriteLine("stopped");
    }

    private static void AddFaults(HostApplicationBuilder builder, string run, Faults faults)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FaultyObservers(faults, 8));
        FaultyCallback callback = new(faults);
        builder.Services.AddSingleton<ITrainingCallback>(callback);
        builder.Services.AddSingleton<IMetricSink>(
            services => new CompositeMetricSink([services.GetRequiredService<RunParts>().CreateSink(), callback]));
        builder.Services.AddSingleton<ICheckpointStore>(new FaultyStore(new RunDirectory(run).OpenCheckpoints(), faults));
    }

    private static async Task WaitForEndAsync(ITrainingController training)
    {
        await foreach (TrainingStatus status in training.ReadProgressAsync())
            if (status.State is TrainingState.Completed) return;
        await Task.Delay(Timeout.Infinite); // it was not completed: whoever ended it says so
    }

    private sealed class Teller(TimeSpan pause) : ITrainingCallback
    {
        public void OnBegin(long step) => Console.WriteLine($"begin {step}");

        public void OnStep(TrainingMetrics metrics)
        {
            Console.WriteLine($"step {metrics.Step}");
            Thread.Sleep(pause);
        }

        public void OnWarning(string message) => Console.WriteLine($"warning {message.ReplaceLineEndings(" ")}");
    }
}
