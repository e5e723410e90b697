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
        Assert.StartsWith("More was asked for than the server takes on", (string?)(await refused.Content.ReadFromJsonAsync<JsonObject>())!["detail"]);
    }

    public sealed class StrictServer() : Server(new Dictionary<string, string> { ["StoriesPerMinute"] = "3" });
}
