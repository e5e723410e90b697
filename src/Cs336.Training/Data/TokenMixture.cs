namespace Cs336.Training;

/// <summary>The texts that a run learns from, one or several, and how often windows come from each.</summary>
public sealed class TokenMixture : IDisposable
{
    /// <summary>Makes a mixture.</summary>
    /// <param name="parts">The texts; either all have a weight or none.</param>
    /// <exception cref="ArgumentException">There are none, or the weights are not sound; the message lists every problem.</exception>
    public TokenMixture(IReadOnlyList<WeightedTokens> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        IReadOnlyList<string> problems = FindProblems([.. parts.Select(part => (part.Tokens.Path, part.Weight))]);
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        Parts = [.. parts.Select(part => part.Tokens)];
        double[] weights = [.. parts.Select(part => part.Weight ?? Math.Max(part.Tokens.Length, 1))];
        Shares = [.. weights.Select(weight => weight / weights.Sum())];
    }

    /// <summary>The texts, in order.</summary>
    public IReadOnlyList<TokenDataset> Parts { get; }

    /// <summary>What part of all windows comes from each text; they add up to 1.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>Number of tokens of all texts.</summary>
    public long Length => Parts.Sum(part => part.Length);

    /// <summary>A mixture of one text.</summary>
    public static implicit operator TokenMixture(TokenDataset tokens) => new([new WeightedTokens(tokens)]);

    /// <summary>Closes the token files.</summary>
    public void Dispose()
    {
        foreach (TokenDataset part in Parts) part.Dispose();
    }

    /// <summary>What is wrong with the weights of files, one sentence each.</summary>
    internal static IReadOnlyList<string> FindProblems(IReadOnlyList<(string Path, double? Weight)> parts)
    {
        if (parts.Count == 0) return ["There is no text to learn from: give at least one token file."];
        List<string> problems = [.. parts.Where(part => part.Weight is double weight && !(weight > 0 && double.IsFinite(weight)))
            .Select(part => $"The weight of {part.Path} is {part.Weight}, but must be a finite number above 0.")];
        if (parts.Any(part => part.Weight is null) && parts.Any(part => part.Weight is not null))
            problems.Add($"{string.Join(", ", parts.Where(part => part.Weight is null).Select(part => part.Path))} has no weight, but other texts have: give all of them one, or none.");
        return problems;
    }
}
