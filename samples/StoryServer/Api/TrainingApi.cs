using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Cs336.Hosting;
using Microsoft.Extensions.Options;
using StoryServer.Model;
using StoryServer.Settings;
using StoryServer.Web;

namespace StoryServer.Api;

/// <summary>What can be seen of the training and done to it.</summary>
internal sealed class TrainingApi(
    ITrainingController training, StoryTeller teller, IOptions<StorySettings> settings, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(100);

    public static void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/api/training").WithTags("Training");
        group.MapGet("", (TrainingApi api) => api.Report())
            .WithSummary("Where the training stands.");
        group.MapGet("/curve", (LearningCurve curve) => curve.Read())
            .WithSummary("The learning curve of the whole run, thinned out to at most 400 points.");
        group.MapGet(
            "/events",
            (TrainingApi api, CancellationToken cancellationToken) => TypedResults.ServerSentEvents(api.WatchAsync(cancellationToken)))
            .WithMetadata(Limits.EventStream)
            .WithSummary(
                "The training's report now, then after each change, at most ten a second, as server-sent events named 'training'.");
        group.MapPost("/pause", async (TrainingApi api, CancellationToken cancellationToken) =>
            {
                await api.Training.PauseAsync(cancellationToken);
                return api.Report();
            })
            .WithSummary("Halts the training after the step under way.");
        group.MapPost("/resume", (TrainingApi api) =>
            {
                api.Training.Resume();
                api.Training.Start(); // out of a fault
                return api.Report();
            })
            .WithSummary("Goes on with the training.");
    }

    private ITrainingController Training => training;

    private TrainingReport Report() => Report(training.Status);

    private TrainingReport Report(TrainingStatus status) => TrainingReport.Of(status, settings.Value.Steps, teller.ModelStep);

    private async IAsyncEnumerable<SseItem<TrainingReport>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The server stops only when its requests have ended, and the training only after that.
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, lifetime.ApplicationStopping);
        TrainingState? state = null;
        long sent = 0;
        await foreach (TrainingStatus status in training.ReadProgressAsync(either.Token))
        {
            if (status.State == state && status.Metrics?.ValidationLoss is null
                && Environment.TickCount64 - sent < LeastInterval.TotalMilliseconds)
                continue;
            (state, sent) = (status.State, Environment.TickCount64);
            yield return new SseItem<TrainingReport>(Report(status), "training");
        }
    }
}
