using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>What the package logs; event ids stay what they are.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Message}")]
    public static partial void LibTorchLoaded(this ILogger logger, string message);
}
