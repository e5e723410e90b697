namespace StoryServer.Tests.Processes;

/// <summary>A test that sends signals, which Windows does not have.</summary>
internal sealed class SignalFactAttribute : FactAttribute
{
    public SignalFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "sends SIGTERM and SIGKILL, which Windows does not have";
    }
}
