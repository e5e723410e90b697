namespace StoryServer.Tests.Browser;

/// <summary>A test in a real browser.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Chromium.Find() is null) Skip = "needs Chromium (on Debian: apt-get install chromium), which this machine does not have";
    }
}
