using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>A text that a <see cref="GenerationService"/> is asked for.</summary>
public sealed class GenerationRequest
{
    /// <summary>Asks for what follows a text.</summary>
    public GenerationRequest(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        Prompt = prompt;
    }

    /// <summary>Asks for what follows some tokens.</summary>
    public GenerationRequest(ReadOnlyMemory<int> promptTokens) => PromptTokens = promptTokens;

    /// <summary>The text to continue, or null where it is given as <see cref="PromptTokens"/>.</summary>
    public string? Prompt { get; }

    /// <summary>The tokens to continue, where <see cref="Prompt"/> is null.</summary>
    public ReadOnlyMemory<int> PromptTokens { get; }

    /// <summary>How to draw. Default null: the service's <see cref="GenerationService.Defaults"/>.</summary>
    public GenerationOptions? Options { get; init; }

    /// <summary>
    /// Who asks: those who wait take turns, however many requests each has. The server says it, from the account that was authenticated or
    /// the connection's address; a name out of the request's body would let one client be as many callers as it likes. Default empty:
    /// all requests without a caller share its turn.
    /// </summary>
    public string Caller { get; init; } = "";

    /// <summary>
    /// How long the text may take, waiting included; then it ends where it is. Default null:
    /// <see cref="GenerationServiceOptions.TimeLimit"/>, which it cannot exceed.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }
}
