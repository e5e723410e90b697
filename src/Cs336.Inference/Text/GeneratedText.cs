namespace Cs336.Inference;

/// <summary>A piece of a text that is being generated, or a whole one.</summary>
/// <param name="Text">Whole characters only; may be empty in the last piece.</param>
/// <param name="FinishReason">Why the text ended, or null while more pieces follow.</param>
public sealed record GeneratedText(string Text, FinishReason? FinishReason)
{
    /// <summary>One shared object, because records compare lists by reference: texts without log-probabilities can then be equal.</summary>
    internal static readonly IReadOnlyList<TokenLogProbabilities> NoLogProbabilities = [];

    /// <summary>Number of tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Number of tokens drawn since the piece before, those of a stop token or stop string included.</summary>
    public int NewTokens { get; init; }

    /// <summary>
    /// How likely each of these tokens was, where <see cref="GenerationOptions.LogProbabilities"/> asks for it; else empty.
    /// </summary>
    public IReadOnlyList<TokenLogProbabilities> LogProbabilities { get; init; } = NoLogProbabilities;

    /// <summary>The whole text of the pieces of a stream.</summary>
    /// <param name="pieces">The pieces in their order, at least one.</param>
    public static GeneratedText Join(IReadOnlyList<GeneratedText> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        if (pieces.Count == 0) throw new ArgumentException("There are no pieces to join: a text has at least its last one.");
        List<TokenLogProbabilities> logProbabilities = [.. pieces.SelectMany(piece => piece.LogProbabilities)];
        return pieces[^1] with
        {
            Text = string.Concat(pieces.Select(piece => piece.Text)),
            NewTokens = pieces.Sum(piece => piece.NewTokens),
            LogProbabilities = logProbabilities.Count > 0 ? logProbabilities : NoLogProbabilities,
        };
    }

    /// <summary>The text itself.</summary>
    public override string ToString() => Text;
}
