using System.ComponentModel;

namespace StoryServer.Model;

/// <summary>A story to be told. Fields that are not among these are refused.</summary>
public sealed record StoryRequest
{
    /// <summary>How the story begins.</summary>
    [Description("How the story begins: 1 to 2,000 characters.")]
    public required string Prompt { get; init; }

    /// <summary>The most tokens to add.</summary>
    [Description("The most tokens to add: 1 to the model's context_length. Left out, as many as that.")]
    public int? MaxNewTokens { get; init; }

    /// <summary>What logits are divided by; 0 always takes the likeliest token.</summary>
    [Description("What logits are divided by before the softmax, 0 to 100; 0 always takes the likeliest token.")]
    public double Temperature { get; init; } = 0.4;

    /// <summary>Only so many of the likeliest tokens are drawn from; 0 for all.</summary>
    [Description("Only so many of the likeliest tokens are drawn from; 0 for all.")]
    public int TopK { get; init; }

    /// <summary>Nucleus sampling; 1 keeps every token.</summary>
    [Description("Draw from the smallest set of likeliest tokens with this probability, above 0 and at most 1.")]
    public double TopP { get; init; } = 0.9;

    /// <summary>Makes the story repeatable.</summary>
    [Description("Makes the story repeatable, together with the model's step; left out, a seed is drawn and told.")]
    public uint? Seed { get; init; }
}
