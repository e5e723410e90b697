using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace StoryServer.Web;

/// <summary>How much is taken on: requests at a time, stories a minute from an address, bytes a request.</summary>
internal static class Limits
{
    /// <summary>The policy of endpoints that tell stories.</summary>
    public const string Stories = "stories";

    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<StorySettings>>((options, settings) =>
        {
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, int>(_ =>
                RateLimitPartition.GetConcurrencyLimiter(0, _ => new ConcurrencyLimiterOptions { PermitLimit = settings.Value.ConcurrentRequests }));
            options.AddPolicy(Stories, context => RateLimitPartition.GetTokenBucketLimiter(context.Connection.RemoteIpAddress, _ => new TokenBucketRateLimiterOptions
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
            options.Limits.MaxRequestBodySize = context.Configuration.GetValue("Story:MaxRequestBytes", new StorySettings().MaxRequestBytes);
        });
    }

    private static async ValueTask RejectAsync(OnRejectedContext context, CancellationToken cancellationToken)
    {
        TimeSpan delay = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
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
