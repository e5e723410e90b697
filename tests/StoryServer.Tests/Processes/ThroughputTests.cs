using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace StoryServer.Tests.Processes;

/// <summary>What serving several streams at once gains over one.</summary>
public sealed class ThroughputTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 5;
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(3);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LongLoadFact]
    public async Task Eight_streams_at_once_are_at_least_three_times_as_fast_as_one()
    {
        // The sample's own model, hardly trained, so that no story ends early.
        using ServerProcess server = ServerProcess.Start(_folder.File("run"), steps: 2, "--Story:StoriesPerMinute=1000000", "--Story:CorpusBytes=3000000",
            "--Story:VocabSize=2048", "--Story:ContextLength=256", "--Story:DModel=128", "--Story:NumLayers=4", "--Story:NumHeads=4");
        await server.WaitForAsync(report => (string)report["state"]! == "completed" && (long?)report["modelStep"] == 2);
        await MeasureAsync(server, 8);
        List<double> one = [], eight = [];
        for (int round = 0; round < Rounds; round++)
        {
            one.Add(await MeasureAsync(server, 1));
            eight.Add(await MeasureAsync(server, 8));
        }
        double[] ratios = [.. one.Zip(eight, (a, b) => b / a).Order()];
        output.WriteLine($"tokens/s, medians of {Rounds} rounds in turns: one stream {Median(one):f0}, eight {Median(eight):f0}; ratio {ratios[Rounds / 2]:f2} ({ratios[0]:f2} to {ratios[^1]:f2})");
        Assert.InRange(ratios[Rounds / 2], 3, double.PositiveInfinity);
    }

    /// <summary>Tokens a second of so many streams.</summary>
    private static async Task<double> MeasureAsync(ServerProcess server, int streams)
    {
        long tokens = 0;
        Stopwatch watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(stream => Task.Run(async () =>
        {
            using HttpClient client = new() { BaseAddress = server.Url };
            for (int story = 0; watch.Elapsed < RoundTime; story++)
            {
                JsonObject request = new() { ["prompt"] = "Once upon a time", ["seed"] = 1_000 * stream + story, ["temperature"] = 1, ["topP"] = 1, ["maxNewTokens"] = 200 };
                using HttpRequestMessage message = new(HttpMethod.Post, "api/stories/stream") { Content = JsonContent.Create(request) };
                using HttpResponseMessage response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
                await foreach (SseItem<string> item in SseParser.Create(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync()).EnumerateAsync())
                    if (item.EventType == "text") Interlocked.Increment(ref tokens);
            }
        })));
        return tokens / watch.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
