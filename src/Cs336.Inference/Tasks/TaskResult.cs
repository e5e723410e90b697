namespace Cs336.Inference;

/// <summary>How well a model did on a task.</summary>
public sealed record TaskResult
{
    /// <summary>The task's name.</summary>
    public required string Name { get; init; }

    /// <summary>What its questions ask.</summary>
    public required TaskKind Kind { get; init; }

    /// <summary>How many they are.</summary>
    public required int Questions { get; init; }

    /// <summary>
    /// Of multiple choice: the share of questions whose right choice has the highest log-probability. Of cloze: the share whose every
    /// token is the model's likeliest, as greedy decoding would write it. <c>acc</c> of lm-evaluation-harness.
    /// </summary>
    public required double Accuracy { get; init; }

    /// <summary>
    /// Of multiple choice: the same with each log-probability divided by the choice's length in characters, so that long choices are at
    /// no disadvantage, <c>acc_norm</c>. Null for cloze.
    /// </summary>
    public double? NormalizedAccuracy { get; init; }

    /// <summary>Of cloze: exp of the mean negative log-probability of a target, <c>perplexity</c>. Null for multiple choice.</summary>
    public double? Perplexity { get; init; }

    /// <summary>What guessing would come to: the mean of one over the number of choices; 0 for cloze.</summary>
    public required double Chance { get; init; }

    /// <summary>Standard error of <see cref="Accuracy"/>, √(p (1 - p) / (n - 1)); null for a single question.</summary>
    public double? StandardError => Questions < 2 ? null : Math.Sqrt(Accuracy * (1 - Accuracy) / (Questions - 1));
}
