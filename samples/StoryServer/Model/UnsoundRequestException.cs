namespace StoryServer.Model;

/// <summary>What a request asks for is not sound; the message lists every problem, for whoever asked.</summary>
internal sealed class UnsoundRequestException(string message, Exception? innerException = null) : Exception(message, innerException);
