using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using StoryServer.Settings;

namespace StoryServer.Web;

/// <summary>
/// How much is taken on: requests and event streams at a time, of all and of one client, stories per minute of a client, bytes per
/// request.
/// </summary>
internal static class Limits
{
    /// <summary>The policy of endpoints that tell stories.</summary>
    public const string Stories = "stories";

    /// <summary>
    /// The metadata of endpoints whose answers last as long as the client likes: they are counted apart, so that they leave the others
    /// their places.
    /// </summary>
    public static readonly object EventStream = new();

    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<StorySettings>>((options, settings) =>
        {
            options.GlobalLimiter = AtATime(settings.Value);
            options.AddPolicy(
                Stories, context => RateLimitPartition.GetTokenBucketLimiter(Client.Of(context), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = settings.Value.StoriesPerMinute,
                TokensPerPeriod = settings.Value.StoriesPerMinute,
                ReplenishmentPeriod = TimeSpan.FromMinutes(1),
            }));
            options.OnRejected = RejectAsync;
        });
        builder.WebHost.ConfigureKestrel((context, options) =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = context.Configuration.GetValue(
                "Story:MaxRequestBytes", new StorySettings().MaxRequestBytes);
        });
    }

    /// <summary>Limits how much is worked on at a time, for all clients and for each.</summary>
    internal static PartitionedRateLimiter<HttpContext> AtATime(StorySettings settings) => PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<HttpContext, bool>(context =>
            Limit(IsEventStream(context), IsEventStream(context) ? settings.EventStreams : settings.ConcurrentRequests)),
        PartitionedRateLimiter.Create<HttpContext, (string, bool)>(context =>
            Limit((Client.Of(context), IsEventStream(context)),
                IsEventStream(context) ? settings.EventStreamsPerClient : settings.ConcurrentRequestsPerClient)));

    private static RateLimitPartition<T> Limit<T>(T key, int atATime) =>
        RateLimitPartition.GetConcurrencyLimiter(key, _ => new ConcurrencyLimiterOptions { PermitLimit = atATime });

    private static bool IsEventStream(HttpContext context) => context.GetEndpoint()?.Metadata.Contains(EventStream) is true;

    private static async ValueTask RejectAsync(OnRejectedContext context, CancellationToken cancellationToken)
    {
        TimeSpan delay = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan retryAfter)
            ? retryAfter
            : TimeSpan.FromSeconds(1);
        HttpResponse response = context.HttpContext.Response;
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.Headers.RetryAfter = ((int)Math.Ceiling(delay.TotalSeconds)).ToString();
        await context.HttpContext.RequestServices.GetRequiredService<IProblemDetailsService>().TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context.HttpContext,
            ProblemDetails = new ProblemDetails
            {
                Status = StatusCodes.Status429TooManyRequests,
                Detail = $"More was asked for than the server takes on: ask again in {delay.TotalSeconds:f0} seconds.",
            },
        });
    }
}
