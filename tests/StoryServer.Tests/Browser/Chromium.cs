using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StoryServer.Tests.Browser;

/// <summary>A headless Chromium, driven over its DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "about:blank",
    ];

    private readonly TemporaryFolder _profile;
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _answers = [];
    private readonly ConcurrentDictionary<string, Action<JsonObject>> _listeners = [];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private int _lastId;
    private Task _receiving = Task.CompletedTask;

    private Chromium(TemporaryFolder profile, Process process)
    {
        _profile = profile;
        _process = process;
    }

    /// <summary>Where the browser is; null where this machine has none.</summary>
    public static string? Find() =>
        new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    public static async Task<Chromium> StartAsync()
    {
        TemporaryFolder profile = new();
        ProcessStartInfo start = new(Find()!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add($"--user-data-dir={profile.Path}");
        foreach (string flag in Flags) start.ArgumentList.Add(flag);
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Chromium chromium = new(profile, process);
        string[] port = await chromium.ReadPortAsync();
        await chromium._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port[0]}{port[1]}"), CancellationToken.None);
        chromium._receiving = chromium.ReceiveAsync();
        return chromium;
    }

    /// <summary>Opens a page of a size, in light or dark.</summary>
    public async Task<BrowserPage> OpenAsync(Uri url, int width, int height, bool phone = false, bool dark = false)
    {
        JsonObject target = await SendAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        JsonObject attached = await SendAsync(
            "Target.attachToTarget", new() { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true });
        BrowserPage page = new(this, (string)attached["sessionId"]!);
        _listeners[page.Session] = page.OnEvent;
        await page.SendAsync("Page.enable");
        await page.SendAsync("Runtime.enable");
        await page.SendAsync("Log.enable");
        await page.SendAsync("Network.enable");
        await page.SendAsync(
            "Emulation.setDeviceMetricsOverride",
            new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = phone ? 2 : 1, ["mobile"] = phone });
        await page.SendAsync("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
        await page.SendAsync("Page.navigate", new() { ["url"] = url.ToString() });
        await page.WaitForAsync("document.readyState === 'complete'");
        return page;
    }

    /// <summary>Calls a method of the protocol and returns its result.</summary>
    public async Task<JsonObject> SendAsync(string method, JsonObject? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref _lastId);
        JsonObject message = new() { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null) message["sessionId"] = session;
        TaskCompletionSource<JsonObject> answer = _answers[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
        JsonObject received = await answer.Task.WaitAsync(Patience);
        if (received["error"] is JsonNode error) throw new InvalidOperationException($"{method}: {error}");
        return received["result"]!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
        try
        {
            _profile.Dispose();
        }
        catch (IOException)
        {
            // a helper process may still write its last file
        }
    }

    private async Task<string[]> ReadPortAsync()
    {
        string path = _profile.File("DevToolsActivePort");
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(50))
            if (File.Exists(path) && await File.ReadAllLinesAsync(path) is [_, _, ..] lines) return lines;
        throw new TimeoutException("Chromium did not say where it listens.");
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[1 << 16];
        MemoryStream message = new();
        for (;;)
        {
            WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage) continue;
            JsonObject received = JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!.AsObject();
            message.SetLength(0);
            if (received["id"] is JsonNode id && _answers.TryRemove((int)id, out TaskCompletionSource<JsonObject>? answer))
                answer.SetResult(received);
            else if (
                received["sessionId"] is JsonNode session && _listeners.TryGetValue((string)session!, out Action<JsonObject>? listener))
                listener(received);
        }
    }
}
