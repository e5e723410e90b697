using System.Text.Json.Nodes;

namespace StoryServer.Tests.Browser;

public sealed class PageTests(BrowserServer server) : IClassFixture<BrowserServer>, IAsyncLifetime
{
    private Chromium? _chromium;

    private Uri Url => server.Client.BaseAddress!;

    public async Task InitializeAsync() => _chromium = Chromium.Find() is null ? null : await Chromium.StartAsync();

    public async Task DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
    }

    [BrowserFact]
    public async Task The_curve_moves_and_a_story_is_told()
    {
        BrowserPage page = await _chromium!.OpenAsync(Url, 1200, 800);
        const string Curve = "document.querySelector('#chart path.loss')?.getAttribute('d')";
        await page.WaitForAsync(Curve);
        string before = (string)(await page.EvaluateAsync(Curve))!;
        await page.WaitForAsync($"{Curve}.length > {before.Length + 20}");
        await page.WaitForAsync("document.getElementById('state').textContent.startsWith('running; stories are told')");
        foreach (string id in (string[])["step", "loss", "rate", "speed"]) Assert.NotEqual("–", await page.TextAsync(id));
        Assert.StartsWith(
            "Learning curve: training loss", (string)(await page.EvaluateAsync("document.querySelector('#chart title').textContent"))!);

        await page.ClickAsync("tell");
        await page.WaitForAsync("document.getElementById('told').textContent.includes('seed')");
        Assert.StartsWith("Once upon a time", await page.TextAsync("story"));
        Assert.True((await page.TextAsync("story")).Length > "Once upon a time".Length);
        Assert.True((bool)(await page.EvaluateAsync("document.getElementById('cancel').disabled"))!);
        await page.ScreenshotAsync("desktop");
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task A_story_streams_and_can_be_cancelled()
    {
        BrowserPage page = await _chromium!.OpenAsync(Url, 1200, 800);
        await page.WaitForAsync("document.getElementById('state').textContent.includes('stories are told')");
        await page.ThrottleAsync(300); // so slow that the story is under way when it is cancelled
        await CancelAsync(page, () => page.ClickAsync("tell"), () => page.ClickAsync("cancel"));
        string cancelled = await page.TextAsync("story");
        await Task.Delay(300);
        Assert.Equal(cancelled, await page.TextAsync("story"));

        await page.ThrottleAsync(-1);
        await page.ClickAsync("tell");
        await page.WaitForAsync("document.getElementById('told').textContent.includes('seed')");
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task The_training_is_paused_and_resumed()
    {
        BrowserPage page = await _chromium!.OpenAsync(Url, 1200, 800);
        await page.WaitForAsync("document.getElementById('pause').disabled === false");
        await page.ClickAsync("pause");
        await page.WaitForAsync(
            "document.getElementById('state').textContent.startsWith('paused') && document.getElementById('pause').textContent === "
            + "'Resume'");
        await page.ClickAsync("pause");
        await page.WaitForAsync("document.getElementById('state').textContent.startsWith('running')");
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task Everything_can_be_done_with_the_keyboard()
    {
        BrowserPage page = await _chromium!.OpenAsync(Url, 1200, 800);
        await page.WaitForAsync(
            "document.getElementById('pause').disabled === false && document.getElementById('state').textContent.includes('stories are "
            + "told')");
        List<string> reached = [];
        for (int i = 0; i < 12; i++)
        {
            await page.PressAsync("Tab", 9);
            reached.Add((string)(
                await page.EvaluateAsync(
                "document.activeElement.id || document.activeElement.className || document.activeElement.textContent"))!);
            Assert.NotEqual("none", (string)(await page.EvaluateAsync("getComputedStyle(document.activeElement).outlineStyle"))!);
        }
        Assert.Equal(
            ["skip", "pause", "prompt", "temperature", "topK", "topP", "seed", "tell", "story", "health", "metrics", "API description"],
            reached);

        await page.EvaluateAsync("document.getElementById('prompt').value = ''");
        await page.EvaluateAsync("document.getElementById('prompt').focus()");
        await page.TypeAsync("There once was a");
        await page.PressAsync("Enter", 13, control: true);
        await page.WaitForAsync("document.getElementById('told').textContent.includes('seed')");
        Assert.StartsWith("There once was a", await page.TextAsync("story"));
        await page.ThrottleAsync(300);
        await CancelAsync(page, () => page.PressAsync("Enter", 13, control: true), () => page.PressAsync("Escape", 27));
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task It_fits_a_phone_in_light_and_dark()
    {
        foreach (bool dark in (bool[])[false, true])
        {
            BrowserPage page = await _chromium!.OpenAsync(Url, 390, 844, phone: true, dark);
            await page.WaitForAsync("document.querySelector('#chart path.loss')?.getAttribute('d')");
            await page.ClickAsync("tell");
            await page.WaitForAsync("document.getElementById('told').textContent.includes('seed')");
            Assert.Equal(390, (int)(await page.EvaluateAsync("document.scrollingElement.scrollWidth"))!);
            Assert.Equal(
                0, (int)(await page.EvaluateAsync(
                "[...document.querySelectorAll('button')].filter(b => b.getBoundingClientRect().height < 44).length"))!);
            Assert.Equal(
                0, (int)(await page.EvaluateAsync(
                "[...document.querySelectorAll('textarea, input')].filter(field => field.labels.length === 0).length"))!);
            JsonArray contrasts = (await page.EvaluateAsync(Contrasts))!.AsArray();
            Assert.All(contrasts, contrast => Assert.True((double)contrast!["ratio"]! >= 4.5, contrast.ToJsonString()));
            Assert.NotEmpty(contrasts);
            await page.ScreenshotAsync(dark ? "phone-dark" : "phone");
            Assert.Empty(page.Errors);
        }
        await (await _chromium!.OpenAsync(Url, 1200, 800, dark: true)).ScreenshotAsync("dark");
    }

    /// <summary>
    /// Has a story told and cancels it when its first words are there; a story that ends by itself before that is followed by another.
    /// </summary>
    private static async Task CancelAsync(BrowserPage page, Func<Task> tell, Func<Task> cancel)
    {
        for (int i = 0; i < 20; i++)
        {
            await tell();
            await page.WaitForAsync(
                $"document.getElementById('told').textContent !== 'telling' || document.querySelector('#story "
                + ".prompt').nextSibling.length > 0");
            await cancel();
            await page.WaitForAsync("document.getElementById('told').textContent !== 'telling'");
            if (await page.TextAsync("told") == "cancelled") return;
        }
        Assert.Fail("Every story ended before it could be cancelled.");
    }

    /// <summary>The contrast of every visible text with what it stands on, as the Web Content Accessibility Guidelines define it.</summary>
    private const string Contrasts = """
        (() => {
          const color = text => text.match(/[\d.]+/g).map(Number);
          const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = e => { for (; e; e = e.parentElement) { const c = color(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
          return [...document.querySelectorAll('h1, h2, p, label, dt, dd, button, textarea, input, figcaption, a:not(.skip), #story, .prompt')]
            .filter(e => e.offsetParent && !e.disabled && (e.textContent.trim() || e.value))
            .map(e => { const [a, b] = [luminance(color(getComputedStyle(e).color)), luminance(ground(e))]; return { element: e.id || e.tagName, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) }; });
        })()
        """;
}
