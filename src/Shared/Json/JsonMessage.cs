namespace Cs336.Json;

/// <summary>What the JSON parser says of damage, short enough to be read.</summary>
internal static class JsonMessage
{
    private const int MaxBeginning = 500, MaxEnd = 500;

    /// <summary>
    /// The message of an exception. The parser quotes what it takes for a wrong literal, which may be all the rest of a file; of a long
    /// message the beginning, which shows the literal, and the end, which says where it stands, are enough.
    /// </summary>
    public static string Of(Exception exception)
    {
        string message = exception.Message;
        if (message.Length <= MaxBeginning + MaxEnd) return message;
        // No character is cut in two.
        int beginning = char.IsHighSurrogate(message[MaxBeginning - 1]) ? MaxBeginning - 1 : MaxBeginning;
        int end = char.IsLowSurrogate(message[^MaxEnd]) ? MaxEnd - 1 : MaxEnd;
        return $"{message[..beginning]}... ({message.Length - beginning - end} characters) ...{message[^end..]}";
    }
}
