using Microsoft.Extensions.Logging;

namespace Cs336.Parts;

/// <summary>What is logged of configuration and of logs themselves; event ids stay what they are.</summary>
internal static partial class PartsLog
{
    [LoggerMessage(EventId = 23, Level = LogLevel.Warning,
        Message = "The configuration has changed, but is not taken over, since it is not sound: {Problems}")]
    public static partial void ChangeRefused(this ILogger logger, string problems);

    [LoggerMessage(EventId = 107, Level = LogLevel.Warning,
        Message = "A listener to measurements or activities, or a log, has failed; what it throws from now on is passed over in silence")]
    public static partial void ObserverFailed(this ILogger logger, Exception exception);
}
