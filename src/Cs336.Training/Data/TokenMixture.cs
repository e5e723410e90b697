namespace Cs336.Training;

/// <summary>The texts that a run learns from, one or several, and how often windows come from each.</summary>
public sealed class TokenMixture : IDisposable
{
    /// <summary>Makes a mixture.</summary>
    /// <param name="texts">The texts; either all have a weight or none.</param>
    /// <exception cref="ArgumentException">There are none, or the weights are not sound; the message lists every problem.</exception>
    public TokenMixture(IReadOnlyList<WeightedTokens> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        IReadOnlyList<string> problems = FindProblems([.. texts.Select(text => (text.Tokens.Path, text.Weight))]);
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        Texts = [.. texts.Select(text => text.Tokens)];
        double[] weights = [.. texts.Select(text => text.Weight ?? Math.Max(text.Tokens.Length, 1))];
        Shares = [.. weights.Select(weight => weight / weights.Sum())];
    }

    /// <summary>The texts, in order.</summary>
    public IReadOnlyList<TokenDataset> Texts { get; }

    /// <summary>Which share of all windows comes from each text; they add up to 1.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>Number of tokens of all texts.</summary>
    public long Length => Texts.Sum(text => text.Length);

    /// <summary>A mixture of one text.</summary>
    public static implicit operator TokenMixture(TokenDataset tokens) => new([new WeightedTokens(tokens)]);

    /// <summary>Closes the token files.</summary>
    public void Dispose()
    {
        foreach (TokenDataset text in Texts) text.Dispose();
    }

    /// <summary>What is wrong with the weights of files, one sentence each.</summary>
    internal static IReadOnlyList<string> FindProblems(IReadOnlyList<(string Path, double? Weight)> texts)
    {
        if (texts.Count == 0) return ["There is no text to learn from: give at least one token file."];
        List<string> problems = [.. texts.Where(text => text.Weight is double weight && !(weight > 0 && double.IsFinite(weight)))
            .Select(text => $"The weight of {text.Path} is {text.Weight}, but must be a finite number above 0.")];
        if (texts.Any(text => text.Weight is null) && texts.Any(text => text.Weight is not null))
            problems.Add($"{string.Join(", ", texts.Where(text => text.Weight is null).Select(text => text.Path))} has no weight, but "
                + "other texts have: give all of them one, or none.");
        return problems;
    }
}
