namespace Cs336.Training.Tests;

/// <summary>A test that takes too long for every run: it runs where the environment variable CS336_LONG_TESTS is 1.</summary>
internal sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute(string reason)
    {
        if (Environment.GetEnvironmentVariable("CS336_LONG_TESTS") != "1") Skip = $"{reason}: set CS336_LONG_TESTS=1 to run it";
    }
}
