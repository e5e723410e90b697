using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace StoryServer.Tests.Browser;

/// <summary>A page in the browser.</summary>
internal sealed class BrowserPage(Chromium chromium, string session)
{
    private readonly ConcurrentQueue<string> _errors = new();

    public string Session => session;

    /// <summary>What the page's scripts threw and the browser complained about.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public Task<JsonObject> SendAsync(string method, JsonObject? parameters = null) => chromium.SendAsync(method, parameters, session);

    /// <summary>The value of an expression.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonObject result = await SendAsync(
            "Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return result["exceptionDetails"] is JsonNode details
            ? throw new InvalidOperationException($"{expression}: {details}")
            : result["result"]!["value"];
    }

    /// <summary>The text of an element.</summary>
    public async Task<string> TextAsync(string id) => (string)(await EvaluateAsync($"document.getElementById('{id}').textContent"))!;

    /// <summary>Waits until an expression is true.</summary>
    public async Task WaitForAsync(string expression)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(20))
            if ((bool)(await EvaluateAsync($"Boolean({expression})"))!) return;
        throw new TimeoutException(
            $"{expression} did not come true. The page says: {await EvaluateAsync("document.body.innerText")} {string.Join(" ", _errors)}");
    }

    /// <summary>Clicks into the middle of an element, as a user does.</summary>
    public async Task ClickAsync(string id)
    {
        JsonArray middle = (await EvaluateAsync($$"""
            (() => { const e = document.getElementById('{{id}}'); e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()
            """))!.AsArray();
        foreach (string type in (string[])["mousePressed", "mouseReleased"])
            await SendAsync(
                "Input.dispatchMouseEvent",
                new() { ["type"] = type, ["x"] = (double)middle[0]!, ["y"] = (double)middle[1]!, ["button"] = "left", ["clickCount"] = 1 });
    }

    /// <summary>Presses a key: one with a name, such as Tab.</summary>
    public async Task PressAsync(string key, int code, bool control = false)
    {
        foreach (string type in (string[])["rawKeyDown", "keyUp"])
            await SendAsync(
                "Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code,
                ["modifiers"] = control ? 2 : 0 });
    }

    /// <summary>Types text where the focus is.</summary>
    public Task TypeAsync(string text) => SendAsync("Input.insertText", new() { ["text"] = text });

    /// <summary>Limits what the page receives to so many bytes a second; -1 for no limit.</summary>
    public Task ThrottleAsync(int bytesPerSecond) => SendAsync("Network.emulateNetworkConditions", new()
    {
        ["offline"] = false, ["latency"] = 0, ["downloadThroughput"] = bytesPerSecond, ["uploadThroughput"] = -1,
    });

    /// <summary>Keeps an image of the whole page among the test's output.</summary>
    public async Task ScreenshotAsync(string name)
    {
        JsonObject image = await SendAsync("Page.captureScreenshot", new() { ["format"] = "png", ["captureBeyondViewport"] = true });
        string folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), Convert.FromBase64String((string)image["data"]!));
    }

    public void OnEvent(JsonObject message)
    {
        JsonNode? parameters = message["params"];
        if ((string)message["method"]! == "Runtime.exceptionThrown") _errors.Enqueue(parameters!["exceptionDetails"]!.ToJsonString());
        if ((string)message["method"]! == "Log.entryAdded" && (string)parameters!["entry"]!["level"]! == "error")
            _errors.Enqueue(parameters["entry"]!.ToJsonString());
    }
}
