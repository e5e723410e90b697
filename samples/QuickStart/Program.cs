// The whole way from text to a language model that tells stories, on a generic host:
//
//   dotnet run -c Release --project samples/QuickStart
//
// Read it from top to bottom. Everything is registered first; then each stage is one call. See Arguments.cs for what the
// program accepts and Stages.cs for what each stage does.
using Cs336.Hosting;
using Cs336.Training;
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

    HostApplicationBuilder builder = Host.CreateApplicationBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services.AddCs336()
        .AddTokenizer(options => options.Directory = run.Tokenizer)
        .AddTransformer(options =>
        {
            options.ContextLength = arguments.ContextLength;
            options.DModel = arguments.DModel;
            options.NumLayers = 4;
            options.NumHeads = arguments.NumHeads;
        })
        .AddTrainer(options =>
        {
            options.TrainingData = run.Tokens;
            options.ValidationFraction = 0.05;
            options.RunDirectory = run.Path;
            options.Optimizer = OptimizerKind.AdamW; // what the figures and stories of the README were made with
            options.MaxLearningRate = 4e-3;
            options.MinLearningRate = 0;
            options.AdamW.Beta2 = 0.98; // with small batches the second moment is averaged over more of them
            options.Trainer.MaxSteps = arguments.Steps;
            options.Trainer.BatchSize = 4;
            options.Trainer.EvaluateEvery = 100;
            options.Trainer.EvaluationTokens = 16_384;
            options.Trainer.CheckpointEvery = 400;
        })
        .AddGenerator(options =>
        {
            options.Temperature = 0.4;
            options.TopP = 0.9;
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

    await host.StopAsync();
    return completed ? ExitCodes.Done : ExitCodes.Interrupted;
});
