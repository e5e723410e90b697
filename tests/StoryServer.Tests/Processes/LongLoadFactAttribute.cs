namespace StoryServer.Tests.Processes;

/// <summary>A measurement, which wants a machine of its own.</summary>
internal sealed class LongLoadFactAttribute : FactAttribute
{
    public LongLoadFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CS336_LOAD_SECONDS") is null) Skip = "measures throughput on a machine that does nothing else: set CS336_LOAD_SECONDS to run it";
    }
}
