namespace Cs336.Distributed;

/// <summary>Ranks cannot be joined, or one of them does not come. The message says what to do.</summary>
public sealed class CommunicationException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found, and what to do.</param>
    /// <param name="innerException">The one that it came from; null for none.</param>
    public CommunicationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
