// A web server that trains a small story model in the background, shows how it learns, and tells stories with it meanwhile:
//
//   dotnet run -c Release --project samples/StoryServer
//
// and open http://127.0.0.1:5080. What it made is kept in runs/storyserver: the next start goes on with it.
using System.Text.Json.Serialization;
using Cs336.Hosting;
using Cs336.Training;
using Cs336.Inference;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using StoryServer;
using StoryServer.Api;
using StoryServer.Model;
using StoryServer.Settings;
using StoryServer.Web;

// The settings lie beside the program, wherever it is started from.
WebApplicationBuilder builder = WebApplication.CreateBuilder(
    new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
IServiceCollection services = builder.Services;

StorySettings story = new();
builder.Configuration.GetSection("Story").Bind(story, options => options.ErrorOnUnknownConfiguration = true);
services.AddSingleton<IValidateOptions<StorySettings>, StorySettingsValidator>();
services.AddOptions<StorySettings>().BindConfiguration("Story").ValidateOnStart();

// Stories are told by the newest checkpoint, not by the model that changes with every step of the training.
services.AddSingleton<StoryTeller>().AddSingleton<ILanguageModel>(provider => provider.GetRequiredService<StoryTeller>().Model);
services.AddHostedService<CheckpointWatcher>().AddSingleton<TrainingApi>();
services.AddSingleton(provider => new LearningCurve(story.Run.Metrics, provider.GetRequiredService<ILogger<LearningCurve>>()));

// The tokenizer, the model, its training and its serving.
services.AddCs336()
    .AddTokenizer(options => options.Directory = story.Run.Tokenizer)
    .AddTrainer(options =>
    {
        options.Directory = story.Directory;
        options.Data.Training = [story.Run.Tokens];
        options.Model =
            options.Model with { ContextLength = story.ContextLength, DModel = story.DModel, NumLayers = story.NumLayers,
            NumHeads = story.NumHeads };
        options.Optimizer.Name = OptimizerKind.AdamW; // what the settings below were chosen with
        options.Optimizer.MaxLearningRate = story.MaxLearningRate;
        options.Optimizer.MinLearningRate = 0;
        options.Optimizer.Beta2 = 0.98; // with small batches the second moment is averaged over more of them
        options.Training.MaxSteps = story.Steps;
        options.Training.BatchSize = story.BatchSize;
        options.Training.EvaluateEvery = 100;
        options.Training.EvaluationTokens = 16_384;
        options.Training.CheckpointEvery = story.CheckpointEvery;
    })
    .AddHostedTraining(options =>
    {
        options.Prepare = (_, cancellationToken) => Preparation.RunAsync(story, cancellationToken);
        options.Retries = 3;
        options.WhenFaulted = FaultPolicy.MarkUnhealthy; // stories can still be told
    })
    .AddGenerationService(options =>
    {
        options.MaxConcurrentRequests = story.ConcurrentStories;
        options.QueueCapacity = story.QueuedStories;
    });
services.AddHealthChecks()
    .AddCs336Training()
    .AddCs336Generation(failureStatus: HealthStatus.Degraded); // before the first checkpoint there is nothing to serve

// The web server: what it accepts, how it answers what it does not, and what it tells of itself.
services.ConfigureHttpJsonOptions(options =>
{
    options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
    options.SerializerOptions.AllowDuplicateProperties = false;
    options.SerializerOptions.RespectNullableAnnotations = true;
    options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
});
services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
services.AddProblemDetails(
    options => options.CustomizeProblemDetails = context =>
    context.ProblemDetails.Detail ??= RequestProblems.Describe(context.HttpContext, story))
    .AddExceptionHandler<RequestProblems>();
services.AddOpenApi();
services.AddOpenTelemetry().WithMetrics(metrics => metrics
    .AddMeter("Cs336.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
    .AddPrometheusExporter());
Limits.Add(builder);

WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseRateLimiter();
Protection.Use(app);
Charsets.Use(app);
PageFiles.Map(app);
TrainingApi.Map(app);
StoryApi.Map(app);
app.MapOpenApi();
// Whoever watches the server must be able to however busy it is.
app.MapPrometheusScrapingEndpoint().DisableRateLimiting();
app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = HealthResponse.WriteAsync }).DisableRateLimiting();
await app.RunAsync();
