using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace StoryServer.Tests;

/// <summary>The server with a small model, on a real socket of its own, since limits on requests are Kestrel's.</summary>
public class Server : WebApplicationFactory<Program>, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _settings = new()
    {
        ["CorpusBytes"] =
            "60000", ["VocabSize"] = "400", ["ContextLength"] = "64", ["DModel"] = "32", ["NumLayers"] = "2", ["NumHeads"] = "2",
        ["Steps"] = "1000000", ["CheckpointEvery"] = "20", ["GenerationThreads"] = "1", ["StoriesPerMinute"] = "100000",
    };

    public Server() : this([])
    {
    }

    protected Server(IEnumerable<KeyValuePair<string, string>> settings)
    {
        foreach ((string key, string value) in settings) _settings[key] = value;
        _settings["Directory"] = _folder.File("run");
        UseKestrel(port: 0);
    }

    public HttpClient Client { get; private set; } = null!;

    public string Directory => _settings["Directory"];

    /// <summary>Starts the server and waits until it can tell stories.</summary>
    public async Task InitializeAsync()
    {
        StartServer();
        Client = CreateClient();
        await WaitForAsync(report => report["modelStep"] is not null);
    }

    /// <summary>Waits for a report of the training, or fails after a minute with the last one.</summary>
    public async Task<JsonObject> WaitForAsync(Func<JsonObject, bool> condition)
    {
        JsonObject report = [];
        for (int i = 0; i < 600; i++)
        {
            report = (await Client.GetFromJsonAsync<JsonObject>("api/training"))!;
            if (condition(report)) return report;
            await Task.Delay(100);
        }
        throw new TimeoutException($"The training is {report}.");
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        _folder.Dispose();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach ((string key, string value) in _settings) builder.UseSetting($"Story:{key}", value);
    }
}
