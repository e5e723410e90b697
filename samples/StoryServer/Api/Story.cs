namespace StoryServer.Api;

/// <summary>A story that has been told.</summary>
/// <param name="Text">What follows the prompt.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Seed">The seed that tells it again.</param>
/// <param name="ModelStep">The training step of the model that told it; left out where a newer one came while it began.</param>
public sealed record Story(string Text, string FinishReason, uint Seed, long? ModelStep);
