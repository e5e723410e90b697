namespace StoryServer.Model;

/// <summary>The request is sound, but cannot be served now.</summary>
internal sealed class BusyException(int statusCode, string message, TimeSpan retryAfter) : Exception(message)
{
    public int StatusCode => statusCode;

    public TimeSpan RetryAfter => retryAfter;
}
