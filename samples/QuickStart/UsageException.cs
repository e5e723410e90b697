namespace QuickStart;

/// <summary>The command line is not understood.</summary>
internal sealed class UsageException(string message) : Exception(message);
