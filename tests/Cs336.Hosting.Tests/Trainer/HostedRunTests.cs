using Cs336.Hosting.Tests.HostedTraining;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting.Tests.Trainer;

/// <summary>A host's run is a run like any other.</summary>
public sealed class HostedRunTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task Its_folder_can_be_gone_on_with_by_a_program_and_the_other_way_round()
    {
        string run = files.NewRun();
        await TrainAsync(run, steps: 4);
        using (TrainingRun program = TrainingRun.Resume(run, new RunDirectory(run).ReadConfig().With("training.max_steps", "7")))
        {
            Assert.Equal((4, files.Tokenizer), (program.Resumed!.Step, program.Config.Data.Tokenizer));
            program.Train();
        }
        await TrainAsync(run, steps: 9);
        Assert.Equal(
            Enumerable.Range(1, 9).Select(step => (long)step),
            JsonLinesMetricSink.Read(new RunDirectory(run).Metrics).Select(metrics => metrics.Step));
        Assert.Equal(9, RunConfig.Load(new RunDirectory(run).Config).Training.MaxSteps);
    }

    [Fact]
    public void A_rank_file_with_its_encoding_is_a_tokenizer_and_the_run_keeps_both()
    {
        string ranks = Path.Combine(Path.GetDirectoryName(files.Tokens)!, "ranks.tiktoken"), run = files.NewRun();
        TiktokenFile.Save(BpeModel.Load(files.Tokenizer), ranks);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        files.Add(
            builder.Services.AddCs336().AddTokenizer(options => (options.Directory, options.Encoding) = (ranks, "gpt2")), run, steps: 1);
        using IHost host = builder.Build();

        host.Services.GetRequiredService<Cs336.Training.Trainer>();

        Assert.Equal(50257, host.Services.GetRequiredService<ITokenizer>().VocabSize);
        RunConfig config = host.Services.GetRequiredService<RunParts>().Config;
        Assert.Equal((ranks, "gpt2", 50257), (config.Data.Tokenizer, config.Data.TokenizerEncoding, config.Model.VocabSize));
    }

    [Fact]
    public async Task Two_programs_do_not_train_in_one_folder_whichever_they_are()
    {
        string run = files.NewRun();
        using IHost host = files.BuildHost(run, steps: 1_000_000);
        await host.StartAsync();
        await host.Training().WaitForAsync(status => status.Step >= 1);
        byte[] config = File.ReadAllBytes(new RunDirectory(run).Config);
        Assert.Contains("is another one going on there?", Assert.Throws<IOException>(() => TrainingRun.Resume(run)).Message);
        using IHost second = files.BuildHost(run, hosted: options => options.WhenFaulted = FaultPolicy.MarkUnhealthy);
        await second.StartAsync();
        TrainingStatus refused = await second.Training().WaitForAsync(TrainingState.Faulted);
        Assert.Contains("is another one going on there?", refused.Fault!.Message);
        await second.StopAsync();
        Assert.Equal(config, File.ReadAllBytes(new RunDirectory(run).Config));
        await host.StopAsync();
        host.Dispose();
        using TrainingRun later = TrainingRun.Resume(run); // it has let go
    }

    [Fact]
    public async Task What_keeps_it_from_going_on_is_told_in_one_message_and_changes_nothing()
    {
        string run = files.NewRun();
        await TrainAsync(run, steps: 4);
        string[] before =
            [.. Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
                .Select(path => $"{path} {Convert.ToHexString(File.ReadAllBytes(path))}").Order(StringComparer.Ordinal)];
        using IHost host = files.BuildHost(run, hosted: options => options.WhenFaulted = FaultPolicy.MarkUnhealthy, training: options =>
            (options.Optimizer.Name, options.Model, options.Data.Training) =
                (OptimizerKind.Sgd, options.Model with { NumLayers = 2 }, [files.Tokens, "nowhere.npy"]));
        await host.StartAsync();
        string message = (await host.Training().WaitForAsync(TrainingState.Faulted)).Fault!.Message;
        foreach (string expected in (string[])["it has num_layers 1, but this run has num_layers 2",
            "The run was begun with muon, but optimizer.name is sgd", "nowhere.npy"])
            Assert.Contains(expected, message);
        await host.StopAsync();
        Assert.Equal(
            before, Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
                .Select(path => $"{path} {Convert.ToHexString(File.ReadAllBytes(path))}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_goes_on_from_a_model_that_the_app_names()
    {
        string first = files.NewRun(), second = files.NewRun();
        await TrainAsync(first, steps: 4);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        files.Add(
            builder.Services.AddCs336().AddTransformer(options => options.RunDirectory = first), second, steps: 2,
            options => options.Model = new RunConfig().Model);
        using IHost host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<Cs336.Training.Trainer>().RunAsync();
        Assert.Equal(16, new RunDirectory(second).ReadConfig().Model.DModel); // the model's own shape, not the description's
        await host.StopAsync();
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_told()
    {
        if (TorchSharp.torch.cuda.is_available()) return; // it is there then
        using IHost host = files.BuildHost(
            files.NewRun(), training: options => options.Compute.Device = "cuda",
            hosted: options => options.WhenFaulted = FaultPolicy.MarkUnhealthy);
        await host.StartAsync();
        Assert.Contains("libtorch finds no CUDA device", (await host.Training().WaitForAsync(TrainingState.Faulted)).Fault!.Message);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_callback_that_fails_is_logged_and_ends_nothing()
    {
        List<string> lines = [];
        using IHost host = files.BuildHost(files.NewRun(), before: services =>
        {
            services.AddSingleton<ITrainingCallback, Failing>();
            services.AddLogging(logging => logging.AddProvider(new Lines(lines)));
        });
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Completed);
        await host.StopAsync();
        Assert.Contains(
            lines, line =>
            line.StartsWith(
            "Failing failed when it was told of step 1, and the run goes on: InvalidOperationException: The tracking server does not "
            + "answer.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task How_a_token_file_of_another_program_was_understood_is_logged()
    {
        string run = files.NewRun(), raw = Path.Combine(run, "..", $"{Path.GetFileName(run)}.bin");
        using (TokenFile tokens = TokenFile.Open(files.Tokens))
        {
            int[] ids = new int[tokens.Length];
            tokens.Read(0, ids);
            File.WriteAllBytes(raw, [.. ids.SelectMany(id => BitConverter.GetBytes((ushort)id))]);
        }
        List<string> lines = [];
        using IHost host = files.BuildHost(run, steps: 1, training: options => options.Data.Training = [raw],
            before: services => services.AddLogging(logging => logging.AddProvider(new Lines(lines))));
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Completed);
        await host.StopAsync();
        Assert.Single(lines, line => line.StartsWith($"{Path.GetFullPath(raw)} has no header: it is read as ", StringComparison.Ordinal));
    }

    private async Task TrainAsync(string run, long steps)
    {
        using IHost host = files.BuildHost(run, steps);
        await host.StartAsync();
        await host.Training().WaitForAsync(TrainingState.Completed);
        await host.StopAsync();
    }

    private sealed class Failing : ITrainingCallback
    {
        public void OnStep(TrainingMetrics metrics) => throw new InvalidOperationException("The tracking server does not answer.");
    }

    private sealed class Lines(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines) lines.Add(formatter(state, exception));
        }

        public void Dispose() { }
    }
}
