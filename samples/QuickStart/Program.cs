// The whole way from text to a language model that tells stories, on a generic host:
//
//   dotnet run -c Release --project samples/QuickStart
//
// Read it from top to bottom. Everything is registered first; then each stage is one call. See CommandLine.cs for what the
// program accepts and Stages.cs for what each stage does.
using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using QuickStart;

return await ExitCodes.Of(() => CommandLine.RunAsync(args, async arguments =>
{
    using RunFolder run = RunFolder.Open(arguments);
    arguments = run.Remember(arguments);
    if (arguments is { Check: > 0, Data: not null })
        throw new UsageException("--check knows the stories of this program only: it does not go with --data.");

    HostApplicationBuilder builder = Host.CreateApplicationBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services.AddSingleton(run.Lock);
    builder.Services.AddCs336()
        .AddTokenizer(options => options.Directory = run.Tokenizer)
        .AddTrainer(options =>
        {
            options.Directory = run.Path;
            options.Data.Training = [run.Tokens];
            options.Model = options.Model with
            {
                ContextLength = arguments.ContextLength,
                DModel = arguments.DModel,
                NumLayers = 2, // at the cost of two more layers, more steps teach it more
                NumHeads = arguments.NumHeads,
            };
            options.Optimizer.MaxLearningRate = 1e-2;
            options.Optimizer.MinLearningRate = 0;
            options.Optimizer.Beta2 = 0.98;
            options.Optimizer.MatrixLearningRateFactor = 1; // three times as fast, the default, these small matrices do not settle
            options.Training.MaxSteps = arguments.Steps;
            options.Training.BatchSize = 4;
            // The windows of the stories each begin with one: see StoryWindows. A text of the user's is cut anywhere.
            options.Training.Sampling = arguments.Data is null ? WindowSampling.Epochs : WindowSampling.Random;
            options.Training.EvaluateEvery = 100;
            options.Training.EvaluationTokens = 16_384;
            options.Training.CheckpointEvery = 400;
            // each validation is better than the one before, and would have a checkpoint of its own written
            options.Training.KeepBest = false;
        })
        .AddGenerator(options =>
        {
            options.Temperature = 0.3;
            options.MinP = 0.3; // where several words are about equally right, any of them; elsewhere none that is a slip
        });
    using IHost host = builder.Build();
    await host.StartAsync(); // checks every option; from here on Ctrl-C asks the stages to stop

    Stages stages = new(host.Services, arguments, run);
    stages.WriteCorpus();
    stages.TrainTokenizer();
    stages.EncodeText();
    bool completed = stages.TrainModel();
    stages.DrawLearningCurve();
    if (completed) await stages.TellStoriesAsync();
    if (completed) await stages.CheckStoriesAsync();

    await host.StopAsync();
    return completed ? ExitCodes.Done : ExitCodes.Interrupted;
}));
