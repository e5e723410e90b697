using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace StoryServer.Tests;

/// <summary>What strangers may send: each gets an answer that says what is wrong, and the server goes on.</summary>
public sealed class HostileTests(Server server) : IClassFixture<Server>
{
    [Theory]
    [InlineData("""{"prompt":""}""", "prompt is empty")]
    [InlineData("", "")]
    [InlineData("null", "")]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    [InlineData("{}", "prompt")]
    [InlineData("""{"prompt":null}""", "prompt")]
    [InlineData("""{"prompt":5}""", "$.prompt")]
    [InlineData("""{"prompt":"a","temperature":-1}""", "temperature is -1, but must be")]
    [InlineData("""{"prompt":"a","temperature":NaN}""", "temperature")]
    [InlineData("""{"prompt":"a","temperature":"NaN"}""", "temperature is NaN")]
    [InlineData("""{"prompt":"a","temperature":1e999}""", "temperature")]
    [InlineData("""{"prompt":"a","topP":0}""", "top_p is 0, but must be")]
    [InlineData("""{"prompt":"a","topP":-0.1}""", "top_p is -0.1, but must be")]
    [InlineData("""{"prompt":"a","topK":-1}""", "top_k is -1, but must be")]
    [InlineData("""{"prompt":"a","maxNewTokens":0}""", "max_new_tokens is 0, but must be")]
    [InlineData("""{"prompt":"a","maxNewTokens":1000000}""", "1000000")]
    [InlineData("""{"prompt":"a","maxNewTokens":1e3}""", "$.maxNewTokens")]
    [InlineData("""{"prompt":"a","seed":-1}""", "$.seed")]
    [InlineData("""{"prompt":"a","seed":18446744073709551616}""", "$.seed")]
    [InlineData("""{"prompt":"a","temprature":1}""", "temprature")]
    [InlineData("""{"prompt":"a","__proto__":{}}""", "__proto__")]
    [InlineData("""{"prompt":"a","prompt":"b"}""", "prompt")]
    [InlineData("""{"prompt":"a","Prompt":"b"}""", "prompt")]
    [InlineData("""{"prompt":"a","seed":1,"seed":2}""", "seed")]
    public async Task A_bad_request_is_told_what_is_wrong_with_it(string body, string expected)
    {
        foreach (string path in (string[])["api/stories", "api/stories/stream"])
            Assert.Contains(expected, await RefusalAsync(path, Encoding.UTF8.GetBytes(body), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        string detail = await RefusalAsync(
            "api/stories", """{"prompt":"","temperature":-1,"topP":2}"""u8.ToArray(), HttpStatusCode.BadRequest);
        foreach (string problem in (string[])["prompt is empty", "temperature is -1", "top_p is 2"]) Assert.Contains(problem, detail);
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_refused() =>
        Assert.NotEqual("", await RefusalAsync("api/stories", [.. "{\"prompt\":\"a"u8, 0xFF, 0xC3, .. "\"}"u8], HttpStatusCode.BadRequest));

    [Theory]
    [InlineData("""{"prompt":"a\ud83d"}""")]
    [InlineData("""{"prompt":"\ud83d a"}""")]
    [InlineData("""{"prompt":"a\ude00"}""")]
    [InlineData("""{"prompt":"\ude00\ud83d"}""")]
    [InlineData("""{"prompt":"a","\ud83d":1}""")]
    public async Task Half_a_surrogate_is_refused(string body)
    {
        foreach (string path in (string[])["api/stories", "api/stories/stream"])
            Assert.Contains("surrogate", await RefusalAsync(path, Encoding.UTF8.GetBytes(body), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_prompt_of_ten_megabytes_is_refused_unread()
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"prompt":"{{new string('a', 10_000_000)}}"}""");
        using HttpRequestMessage request = new(HttpMethod.Post, "api/stories") { Content = Json(body, "application/json") };
        request.Headers.ExpectContinue = true; // without asking first, a client may find the connection closed before it reads why
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Contains("too large", await RefusalAsync(response, HttpStatusCode.RequestEntityTooLarge));
    }

    [Fact]
    public async Task A_long_prompt_that_fits_into_a_request_is_refused_too() =>
        Assert.Contains(
            "but may have at most 2000", await RefusalAsync(
            "api/stories", Encoding.UTF8.GetBytes($$"""{"prompt":"{{new string('a', 20_000)}}"}"""), HttpStatusCode.BadRequest));

    [Fact]
    public async Task A_prompt_that_leaves_the_model_no_room_is_refused()
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"prompt":"{{string.Concat(Enumerable.Repeat("xq9 ", 400))}}"}""");
        Assert.StartsWith("The prompt has 1600 characters, which is ", await RefusalAsync("api/stories", body, HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    public async Task Only_json_is_read(string type, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await PostAsync("api/stories", """{"prompt":"a"}"""u8.ToArray(), type);
        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("utf-7")]
    [InlineData("\"also nonsense\"")]
    public async Task A_charset_that_is_not_known_is_refused_by_name(string charset)
    {
        foreach (string path in (string[])["api/stories", "api/stories/stream"])
        {
            using HttpResponseMessage response = await PostAsync(
                path, """{"prompt":"a"}"""u8.ToArray(), $"application/json; charset={charset}");
            Assert.StartsWith(
                $"The charset {charset.Trim('"')} is not known", await RefusalAsync(response, HttpStatusCode.UnsupportedMediaType));
        }
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("\"UTF-8\"")]
    [InlineData("utf-16")]
    public async Task A_charset_that_is_known_is_read(string charset)
    {
        Encoding encoding = charset == "utf-16" ? Encoding.Unicode : Encoding.UTF8;
        using HttpResponseMessage response = await PostAsync(
            "api/stories", encoding.GetBytes("""{"prompt":"a","maxNewTokens":1}"""), $"application/json; charset={charset}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_damaged_line_of_the_metrics_is_passed_over()
    {
        JsonArray before = (await server.Client.GetFromJsonAsync<JsonArray>("api/training/curve"))!;
        using (FileStream metrics = new(
            Path.Combine(server.Directory, "metrics.jsonl"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            metrics.Write("{\"step\": oh no\n"u8);
        JsonArray after = (await server.Client.GetFromJsonAsync<JsonArray>("api/training/curve"))!;
        Assert.InRange(after.Count, Math.Min(before.Count, 200), 400);
    }

    [Fact]
    public async Task Unknown_paths_and_methods_are_refused_in_words()
    {
        foreach ((HttpMethod method, string path, HttpStatusCode status) in new[]
        {
            (HttpMethod.Get, "api/nothing", HttpStatusCode.NotFound), (HttpMethod.Get, "../appsettings.json", HttpStatusCode.NotFound),
            (HttpMethod.Delete, "api/training", HttpStatusCode.MethodNotAllowed),
            (HttpMethod.Get, "api/stories", HttpStatusCode.MethodNotAllowed),
        })
        {
            using HttpResponseMessage response = await server.Client.SendAsync(new HttpRequestMessage(method, path));
            Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task A_thousand_cancelled_stories_leave_nothing_behind()
    {
        byte[] body = """{"prompt":"Once upon a time","maxNewTokens":48,"temperature":1}"""u8.ToArray();
        Random random = new(1);
        for (int wave = 0; wave < 20; wave++)
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => CancelAsync(body, TimeSpan.FromMilliseconds(random.Next(0, 30)))));
        using HttpResponseMessage response = await PostAsync("api/stories", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonObject data = [];
        for (int i = 0; i < 300; i++)
        {
            JsonObject health = (await server.Client.GetFromJsonAsync<JsonObject>("health"))!;
            Assert.Equal("Healthy", (string)health["status"]!);
            data = health["checks"]!["cs336-generation"]!["data"]!.AsObject();
            if ((int)data["queue_length"]! == 0 && (int)data["active"]! == 0) return;
            await Task.Delay(100);
        }
        Assert.Fail($"Half a minute after the last one there is still something to do: {data}");
    }

    private async Task CancelAsync(byte[] body, TimeSpan after)
    {
        using CancellationTokenSource cancellation = new(after);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "api/stories/stream") { Content = Json(body, "application/json") };
            using HttpResponseMessage response = await server.Client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, cancellation.Token);
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, response.StatusCode.ToString());
            await response.Content.ReadAsStringAsync(cancellation.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException)
        {
            Assert.True(cancellation.IsCancellationRequested, exception.ToString());
        }
    }

    /// <summary>Sends what must be refused and returns the detail of the answer.</summary>
    private async Task<string> RefusalAsync(string path, byte[] body, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await PostAsync(path, body);
        return await RefusalAsync(response, expected);
    }

    private static async Task<string> RefusalAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        string answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} {answer}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        JsonNode problem = JsonNode.Parse(answer)!;
        Assert.Equal((int)expected, (int)problem["status"]!);
        Assert.False(string.IsNullOrWhiteSpace((string?)problem["detail"]), answer);
        return (string)problem["detail"]!;
    }

    private Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type = "application/json") =>
        server.Client.PostAsync(path, Json(body, type));

    private static ByteArrayContent Json(byte[] body, string type) =>
        new(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
}
