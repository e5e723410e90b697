using System.Net.ServerSentEvents;
using Cs336.Inference;
using Microsoft.AspNetCore.Http.HttpResults;
using StoryServer.Model;
using StoryServer.Web;

namespace StoryServer.Api;

/// <summary>Tells stories, whole or as they are made.</summary>
internal static class StoryApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/api/stories").WithTags("Stories").RequireRateLimiting(Limits.Stories)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);
        group.MapPost("", TellAsync)
            .WithSummary("Tells a story and returns it whole.");
        group.MapPost("/stream", StreamAsync)
            .WithSummary(
                "Tells a story as server-sent events: 'text' with each piece, then 'end' with the reason, the seed and the model's step, "
                + "or 'error'.");
    }

    private static async Task<Story> TellAsync(StoryRequest request, StoryTeller teller, HttpContext context)
    {
        Telling telling = teller.Begin(request, Client.Of(context), context.RequestAborted);
        List<GeneratedText> pieces = [];
        long? modelStep = null;
        await foreach (GeneratedText piece in telling.Pieces)
        {
            if (pieces.Count == 0) modelStep = telling.FindModelStep();
            pieces.Add(piece);
        }
        GeneratedText whole = GeneratedText.Join(pieces);
        return new Story(whole.Text, whole.FinishReason.ToString()!, telling.Seed, modelStep);
    }

    private static ServerSentEventsResult<StoryEvent> StreamAsync(StoryRequest request, StoryTeller teller, HttpContext context) =>
        TypedResults.ServerSentEvents(EventsAsync(teller.Begin(request, Client.Of(context), context.RequestAborted), context));

    private static async IAsyncEnumerable<SseItem<StoryEvent>> EventsAsync(Telling telling, HttpContext context)
    {
        await using IAsyncEnumerator<GeneratedText> pieces = telling.Pieces.GetAsyncEnumerator();
        for (long? modelStep = null; ;)
        {
            string? problem = null;
            try
            {
                if (!await pieces.MoveNextAsync()) yield break;
                modelStep ??= telling.FindModelStep();
            }
            catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
            {
                problem = RequestProblems.Judge(context, exception).Detail; // it is too late for a status code
            }
            if (problem is not null)
            {
                yield return new SseItem<StoryEvent>(new StoryEvent { Problem = problem }, "error");
                yield break;
            }
            GeneratedText piece = pieces.Current;
            if (piece.Text.Length > 0) yield return new SseItem<StoryEvent>(new StoryEvent { Text = piece.Text }, "text");
            if (piece.FinishReason is FinishReason reason)
                yield return new SseItem<StoryEvent>(
                    new StoryEvent { FinishReason = reason.ToString(), Seed = telling.Seed, ModelStep = modelStep }, "end");
        }
    }
}
