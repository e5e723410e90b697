using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using StoryServer.Settings;
using StoryServer.Web;

namespace StoryServer.Tests.Web;

public sealed class LimitsTests
{
    private static readonly StorySettings Settings =
        new() { ConcurrentRequests = 5, ConcurrentRequestsPerClient = 3, EventStreams = 4, EventStreamsPerClient = 2 };

    [Fact]
    public void Requests_and_event_streams_are_counted_apart_for_all_and_for_each_client()
    {
        using PartitionedRateLimiter<HttpContext> limiter = Limits.AtATime(Settings);
        List<RateLimitLease> leases = [];
        Assert.Equal(2, CountTaken("10.0.0.1", isEventStream: true));
        Assert.Equal(3, CountTaken("10.0.0.1", isEventStream: false));
        Assert.Equal(2, CountTaken("10.0.0.2", isEventStream: true)); // now all 4 are taken
        Assert.Equal(0, CountTaken("10.0.0.3", isEventStream: true));
        Assert.Equal(2, CountTaken("10.0.0.3", isEventStream: false)); // now all 5 are
        Assert.Equal(0, CountTaken("10.0.0.4", isEventStream: false));
        leases.ForEach(lease => lease.Dispose());
        Assert.Equal(2, CountTaken("10.0.0.4", isEventStream: true));

        int CountTaken(string address, bool isEventStream)
        {
            int count = 0;
            while (limiter.AttemptAcquire(From(address, isEventStream)) is { IsAcquired: true } lease)
            {
                leases.Add(lease);
                count++;
            }
            return count;
        }
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:db8:1:2:3:4:5:6", "20010DB800010002")]
    [InlineData("2001:db8:1:2::99", "20010DB800010002")]
    [InlineData("2001:db8:1:3::99", "20010DB800010003")]
    public void A_client_is_the_address_that_the_server_sees(string address, string expected)
    {
        HttpContext context = From(address, isEventStream: false);
        context.Request.Headers["X-Forwarded-For"] = "192.0.2.1";
        Assert.Equal(expected, Client.Of(context));
        Assert.Equal("", Client.Of(new DefaultHttpContext()));
    }

    private static DefaultHttpContext From(string address, bool isEventStream)
    {
        DefaultHttpContext context = new() { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(isEventStream ? [Limits.EventStream] : []), null));
        return context;
    }
}
