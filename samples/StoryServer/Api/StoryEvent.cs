namespace StoryServer.Api;

/// <summary>What a server-sent event of a story holds: a piece of text, or how it ended.</summary>
public sealed record StoryEvent
{
    /// <summary>The next piece, whole characters.</summary>
    public string? Text { get; init; }

    /// <summary>Why the story ended.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The seed that tells it again.</summary>
    public uint? Seed { get; init; }

    /// <summary>The training step of the model that told it; left out where a newer one came while it began.</summary>
    public long? ModelStep { get; init; }

    /// <summary>Why it broke off.</summary>
    public string? Problem { get; init; }
}
