using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace StoryServer.Tests.Processes;

/// <summary>
/// Many callers at once on loopback. <c>CS336_LOAD_SECONDS=60</c> makes it as long as the figures in the documentation are from.
/// </summary>
public sealed class LoadTests(ITestOutputHelper output) : IDisposable
{
    private const int Callers = 32, Stories = 48;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Under_load_every_story_is_the_one_asked_for_and_memory_stays_flat()
    {
        TimeSpan duration = TimeSpan.FromSeconds(
            int.Parse(Environment.GetEnvironmentVariable("CS336_LOAD_SECONDS") ?? "8", CultureInfo.InvariantCulture));
        // A queue that is shorter than the callers are many, so that some are turned away.
        using ServerProcess server = ServerProcess.Start(
            _folder.File("run"), steps: 30, "--Story:StoriesPerMinute=1000000", "--Story:QueuedStories=16");
        await server.WaitForAsync(report => (string)report["state"]! == "completed" && (long?)report["modelStep"] == 30);
        string[] alone = new string[Stories];
        for (int story = 0; story < Stories; story++) alone[story] = (await TellAsync(server.Client, story))!;

        await RunAsync(server, alone, TimeSpan.FromSeconds(3)); // to warm up
        long before = server.ReadWorkingSet();
        ConcurrentDictionary<HttpStatusCode, int> answers = await RunAsync(server, alone, duration);
        long after = server.ReadWorkingSet();
        output.WriteLine(
            $"{Callers} callers, {duration.TotalSeconds} s: "
            + $"{string.Join(", ", answers.Select(answer => $"{(int)answer.Key}: {answer.Value}"))}; "
            + $"{before >> 20} MB before, {after >> 20} MB after");
        Assert.All(answers.Keys, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, status.ToString()));
        Assert.InRange(after, 0, (long)(before * 1.1) + (20 << 20));
        Assert.DoesNotContain("fail:", server.Log);
    }

    /// <summary>Every caller asks for one story after the other; a mixed-up or cut one fails the test.</summary>
    private static async Task<ConcurrentDictionary<HttpStatusCode, int>> RunAsync(ServerProcess server, string[] alone, TimeSpan duration)
    {
        ConcurrentDictionary<HttpStatusCode, int> answers = [];
        Stopwatch watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            using HttpClient client = new() { BaseAddress = server.Url };
            Random random = new(caller);
            while (watch.Elapsed < duration)
            {
                int story = random.Next(Stories);
                string? told = await TellAsync(client, story, answers);
                if (told is not null) Assert.Equal(alone[story], told);
            }
        })));
        return answers;
    }

    private static async Task<string?> TellAsync(HttpClient client, int story, ConcurrentDictionary<HttpStatusCode, int>? answers = null)
    {
        JsonObject request =
            new() { ["prompt"] = $"There were {story} cats", ["seed"] = story, ["temperature"] = 1, ["maxNewTokens"] = 10 + story % 30 };
        using HttpResponseMessage response = await client.PostAsJsonAsync("api/stories", request);
        answers?.AddOrUpdate(response.StatusCode, 1, (_, count) => count + 1);
        if (response.StatusCode == HttpStatusCode.OK) return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["text"]!;
        Assert.NotNull((string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["detail"]);
        return null;
    }
}
