using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace StoryServer.Tests;

public sealed class ApiTests(Server server) : IClassFixture<Server>
{
    private static readonly JsonObject Request = new() { ["prompt"] = "Once upon a time", ["maxNewTokens"] = 20, ["seed"] = 7 };

    [Fact]
    public async Task A_story_is_told_whole_and_as_a_stream_alike()
    {
        await server.Client.PostAsync("api/training/pause", null); // no newer model may come between the two
        await Task.Delay(1_000);
        JsonObject whole = await PostAsync("api/stories", Request);
        List<SseItem<string>> events = await StreamAsync(Request);
        await server.Client.PostAsync("api/training/resume", null);
        Assert.Equal(
            (string)whole["text"]!,
            string.Concat(events.Where(item => item.EventType == "text").Select(item => (string)JsonNode.Parse(item.Data)!["text"]!)));
        Assert.Equal("end", events[^1].EventType);
        JsonNode end = JsonNode.Parse(events[^1].Data)!;
        Assert.Equal((7, (string)whole["finishReason"]!), ((int)end["seed"]!, (string)end["finishReason"]!));
    }

    [Fact]
    public async Task A_drawn_seed_tells_the_story_again()
    {
        await server.Client.PostAsync("api/training/pause", null);
        await Task.Delay(1_000);
        JsonObject first = await PostAsync("api/stories", new JsonObject { ["prompt"] = "Once", ["temperature"] = 1.5 });
        JsonObject again = await PostAsync(
            "api/stories", new JsonObject { ["prompt"] = "Once", ["temperature"] = 1.5, ["seed"] = (uint)first["seed"]! });
        await server.Client.PostAsync("api/training/resume", null);
        Assert.Equal((string)first["text"]!, (string)again["text"]!);
    }

    [Fact]
    public async Task The_training_is_paused_and_resumed()
    {
        JsonObject paused = await PostAsync("api/training/pause", null);
        Assert.Equal("paused", (string)paused["state"]!);
        await Task.Delay(200);
        Assert.Equal((long)paused["step"]!, (long)(await server.Client.GetFromJsonAsync<JsonObject>("api/training"))!["step"]!);
        await PostAsync("api/training/resume", null);
        await server.WaitForAsync(report => (long)report["step"]! > (long)paused["step"]!);
    }

    [Fact]
    public async Task The_training_can_be_followed()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        await using Stream stream = await server.Client.GetStreamAsync("api/training/events", patience.Token);
        List<long> steps = [];
        await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(patience.Token))
        {
            Assert.Equal("training", item.EventType);
            steps.Add((long)JsonNode.Parse(item.Data)!["step"]!);
            if (steps.Count == 5) break;
        }
        Assert.Equal(steps.Order().Distinct(), steps);
        JsonArray curve = (await server.Client.GetFromJsonAsync<JsonArray>("api/training/curve"))!;
        Assert.InRange(curve.Count, 2, 400);
        Assert.All(curve, point => Assert.InRange((double)point!["loss"]!, 0.1, 10));
    }

    [Fact]
    public async Task Newer_checkpoints_are_served_as_they_come()
    {
        long step = (long)(await PostAsync("api/stories", Request))["modelStep"]!;
        await server.WaitForAsync(report => (long)report["modelStep"]! > step);
        Assert.True((long)(await PostAsync("api/stories", Request))["modelStep"]! > step);
    }

    [Fact]
    public async Task Health_metrics_and_a_description_are_there()
    {
        JsonObject health = (await server.Client.GetFromJsonAsync<JsonObject>("health"))!;
        Assert.Equal("Healthy", (string)health["status"]!);
        Assert.NotNull(health["checks"]!["cs336-generation"]!["data"]!["queue_length"]);
        Assert.NotNull(health["checks"]!["cs336-training"]!["data"]!["last_step_age_seconds"]);

        string metrics = await server.Client.GetStringAsync("metrics");
        foreach (string name in (string[])["http_server_request_duration_seconds_bucket", "cs336_training_loss",
            "cs336_training_learning_rate", "cs336_training_step_duration_seconds_bucket", "cs336_generation_queue_length"])
            Assert.Contains(name, metrics);

        JsonObject description = (await server.Client.GetFromJsonAsync<JsonObject>("openapi/v1.json"))!;
        Assert.Equal(
            ["/api/stories", "/api/stories/stream", "/api/training", "/api/training/curve", "/api/training/events", "/api/training/pause",
                "/api/training/resume"],
            description["paths"]!.AsObject().Select(path => path.Key).Order(StringComparer.Ordinal));
        Assert.Contains("429", description["paths"]!["/api/stories"]!["post"]!["responses"]!.AsObject().Select(response => response.Key));
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/app.js", "text/javascript")]
    [InlineData("/chart.js", "text/javascript")]
    [InlineData("/style.css", "text/css")]
    public async Task The_page_needs_nothing_from_elsewhere(string path, string type)
    {
        using HttpResponseMessage response = await server.Client.GetAsync(path);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.DoesNotContain(
            "//", (await response.Content.ReadAsStringAsync()).Replace("// ", "").Replace("http://www.w3.org/2000/svg", ""));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    public async Task A_pages_head_is_that_of_its_whole(string path)
    {
        using HttpResponseMessage whole = await server.Client.GetAsync(path), head = await server.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (whole.StatusCode, head.StatusCode));
        Assert.Equal(
            (whole.Content.Headers.ContentType, whole.Content.Headers.ContentLength),
            (head.Content.Headers.ContentType, head.Content.Headers.ContentLength));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Other_sites_cannot_use_it_through_a_browser()
    {
        using HttpRequestMessage foreign = new(HttpMethod.Post, "api/training/pause");
        foreign.Headers.Add("Origin", "https://example.org");
        using HttpResponseMessage refused = await server.Client.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using HttpRequestMessage rebound = new(HttpMethod.Get, "api/training");
        rebound.Headers.Host = "example.org";
        using HttpResponseMessage unknownHost = await server.Client.SendAsync(rebound);
        Assert.Equal(HttpStatusCode.BadRequest, unknownHost.StatusCode);
    }

    private async Task<JsonObject> PostAsync(string path, JsonObject? request)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(path, request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<List<SseItem<string>>> StreamAsync(JsonObject request)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync("api/stories/stream", request);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        List<SseItem<string>> events = [];
        await foreach (
            SseItem<string> item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync()) events.Add(item);
        return events;
    }
}
