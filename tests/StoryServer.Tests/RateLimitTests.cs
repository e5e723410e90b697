using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace StoryServer.Tests;

public sealed class RateLimitTests(RateLimitTests.StrictServer server) : IClassFixture<RateLimitTests.StrictServer>
{
    [Fact]
    public async Task Who_asks_for_more_stories_than_a_minute_allows_is_told_when_to_ask_again()
    {
        JsonObject request = new() { ["prompt"] = "a", ["maxNewTokens"] = 1 };
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage served = await server.Client.PostAsJsonAsync("api/stories", request);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }
        using HttpResponseMessage refused = await server.Client.PostAsJsonAsync("api/stories", request);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.StartsWith(
            "More was asked for than the server takes on", (string?)(await refused.Content.ReadFromJsonAsync<JsonObject>())!["detail"]);
    }

    [Fact]
    public async Task Whoever_holds_all_of_his_event_streams_can_still_see_the_page_and_the_health()
    {
        List<HttpResponseMessage> streams = [];
        for (int i = 0; i < 2; i++) streams.Add(await FollowAsync());
        Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        using HttpResponseMessage refused = await FollowAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        foreach (string path in (string[])["", "health", "metrics", "api/training", "api/training/curve"])
        {
            using HttpResponseMessage response = await server.Client.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.OK), (path, response.StatusCode));
        }
        foreach (HttpResponseMessage stream in streams) stream.Dispose();

        Task<HttpResponseMessage> FollowAsync() => server.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, "api/training/events"), HttpCompletionOption.ResponseHeadersRead);
    }

    public sealed class StrictServer()
        : Server(new Dictionary<string,
        string> { ["StoriesPerMinute"] = "3", ["EventStreamsPerClient"] = "2", ["ConcurrentRequests"] = "2",
        ["ConcurrentRequestsPerClient"] = "2" });
}
