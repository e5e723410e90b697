namespace StoryServer.Tests.Browser;

/// <summary>A server whose stories are long enough to be looked at.</summary>
public sealed class BrowserServer() : Server(new Dictionary<string, string>
{
    ["CorpusBytes"] =
        "300000", ["VocabSize"] = "1000", ["ContextLength"] = "256", ["DModel"] = "64", ["NumHeads"] = "4", ["Steps"] = "20000",
});
