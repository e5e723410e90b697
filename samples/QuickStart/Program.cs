// The whole way from text to a language model that tells stories, on a generic host:
//
//   dotnet run -c Release --project samples/QuickStart
//
// Read it from top to bottom. Everything is registered first; then each stage is one call. See Arguments.cs for what the
// program accepts and Stages.cs for what each stage does.
using Cs336.Hosting;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using QuickStart;

return await ExitCodes.Of(async () =>
{
    Arguments arguments = Arguments.Parse(args);
    if (arguments.Help)
    {
        Console.WriteLine(Arguments.HelpText);
        return ExitCodes.Done;
    }
    using RunFolder run = RunFolder.Open(arguments);
    arguments = run.Remember(arguments);
    if (arguments is { Check: > 0, Data: not null }) throw new UsageException("--check knows the stories of this program only: it does not go with --data.");

    HostApplicationBuilder builder = Host.CreateApplicationBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    // An optimizer of the program's own goes before the one that AddTrainer would register. Muon's matrices are as fast here as what
    // it leaves to AdamW: three times as fast, its default, these small ones do not settle.
    builder.Services.AddSingleton<IOptimizer>(services => new Muon(
        NamedParameter.Of(services.GetRequiredService<TransformerLM>()), new MuonOptions { MatrixLearningRateFactor = 1, AdamW = new AdamWOptions { Beta2 = 0.98 } }));
    builder.Services.AddCs336()
        .AddTokenizer(options => options.Directory = run.Tokenizer)
        .AddTransformer(options =>
        {
            options.ContextLength = arguments.ContextLength;
            options.DModel = arguments.DModel;
            options.NumLayers = 2; // at the cost of two more layers, more steps teach it more
            options.NumHeads = arguments.NumHeads;
        })
        .AddTrainer(options =>
        {
            options.TrainingData = run.Tokens;
            options.ValidationFraction = 0.05;
            options.RunDirectory = run.Path;
            options.MaxLearningRate = 1e-2;
            options.MinLearningRate = 0;
            options.Trainer.MaxSteps = arguments.Steps;
            options.Trainer.BatchSize = 4;
            // The windows of the stories each begin with one: see StoryWindows. A text of the user's is cut anywhere.
            options.Trainer.Sampling = arguments.Data is null ? WindowSampling.Epochs : WindowSampling.Random;
            options.Trainer.EvaluateEvery = 100;
            options.Trainer.EvaluationTokens = 16_384;
            options.Trainer.CheckpointEvery = 400;
            options.Trainer.KeepBest = false; // each validation is better than the one before, and would have a checkpoint of its own written
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
});
