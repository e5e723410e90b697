namespace Cs336.Cli;

/// <summary>The command line asks for what does not go together; the message says what does.</summary>
internal sealed class UsageException(string message) : Exception(message);
