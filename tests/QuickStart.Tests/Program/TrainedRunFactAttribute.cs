namespace QuickStart.Tests.Program;

/// <summary>A test of a run that somebody has trained with the defaults, which takes minutes; says so when it is skipped.</summary>
internal sealed class TrainedRunFactAttribute : FactAttribute
{
    private const string Variable = "QUICKSTART_RUN";

    public TrainedRunFactAttribute()
    {
        if (Run is null) Skip = $"needs a run that QuickStart has trained: name its folder in {Variable}";
    }

    /// <summary>The run's folder, from the repository's root on; null where none is named.</summary>
    public static string? Run => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } run ? run : null;
}
