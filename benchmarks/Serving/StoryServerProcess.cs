using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Serving;

/// <summary>samples/StoryServer as a process of its own, on a free port of loopback.</summary>
internal sealed class StoryServerProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts the server; what it writes is let go.</summary>
    public StoryServerProcess(IEnumerable<string> settings)
    {
        using (TcpListener listener = new(IPAddress.Loopback, 0))
        {
            listener.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        }
        ProcessStartInfo start = new(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "StoryServer.dll"), $"--Urls={Url}", "--Logging:LogLevel:Default=Warning",
            .. settings]);
        _process = Process.Start(start)!;
    }

    public Uri Url { get; }

    /// <summary>Waits until the training is done and its last checkpoint is served.</summary>
    public async Task WaitAsync(long steps)
    {
        using HttpClient client = new() { BaseAddress = Url };
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(100))
        {
            if (_process.HasExited) throw new InvalidOperationException($"The server has ended with {_process.ExitCode}.");
            try
            {
                JsonObject report = (await client.GetFromJsonAsync<JsonObject>("api/training"))!;
                if ((string)report["state"]! == "completed" && (long?)report["modelStep"] == steps) return;
            }
            catch (HttpRequestException)
            {
                // it does not listen yet
            }
        }
        throw new TimeoutException("The server was not ready in two minutes.");
    }

    /// <summary>Tokens generated since the server's start, as its metrics tell.</summary>
    public async Task<long> ReadTokensAsync()
    {
        await Task.Delay(500); // metrics are kept for 0.3 s
        using HttpClient client = new() { BaseAddress = Url };
        foreach (string line in (await client.GetStringAsync("metrics")).Split('\n'))
            if (line.StartsWith("cs336_generation_tokens_total", StringComparison.Ordinal)) return long.Parse(line.Split(' ')[1]);
        return 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
