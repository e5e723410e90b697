namespace Cs336.Training;

/// <summary>What samplers ask of their data.</summary>
internal static class WindowChecks
{
    /// <summary>What keeps a text from giving windows, as a sentence; null where nothing does.</summary>
    public static string? FindProblem(TokenDataset tokens, int length) => tokens.Length > length ? null
        : $"{tokens.Path} has {tokens.Length} tokens in this part, but a window of {length} and the token after it need {length + 1L}: use a shorter context or more text.";

    public static void Require(TokenMixture data, int length)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        string[] problems = [.. data.Parts.Select(part => FindProblem(part, length)).OfType<string>()];
        if (problems.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
