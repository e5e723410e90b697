using System.Globalization;

namespace Cs336.Training;

/// <summary>What samplers ask of their data.</summary>
internal static class WindowChecks
{
    /// <summary>What keeps a text from giving windows, as a sentence that says what to do; null where nothing does.</summary>
    /// <param name="tokens">The text that the windows come from.</param>
    /// <param name="length">Tokens per window.</param>
    /// <param name="isValidation">Whether it is validated on rather than learnt from.</param>
    public static string? FindProblem(TokenDataset tokens, int length, bool isValidation = false)
    {
        if (tokens.Length > length) return null;
        string use = isValidation ? "validate on" : "learn from";
        (string found, string advice) = tokens.Split switch
        {
            null => (
                string.Create(CultureInfo.InvariantCulture, $"{tokens.Path} has {tokens.Length} tokens to {use}"),
                isValidation ? "use more text, a shorter context, or no validation data" : "use more text or a shorter context"),
            { IsValidation: true } split => (
                string.Create(CultureInfo.InvariantCulture, $"The last {100 * split.ValidationFraction:0.###} % (validation_fraction "
                    + $"{split.ValidationFraction}) of {tokens.Path}, kept apart to validate on, are {tokens.Length:N0} of "
                    + $"{split.FileLength:N0} tokens"),
                "use more text, a shorter context, a larger validation_fraction, or 0 for no validation"),
            TokenSplit split => (
                string.Create(CultureInfo.InvariantCulture, $"The first {100 * (1 - split.ValidationFraction):0.###} % of {tokens.Path} to "
                    + $"learn from (validation_fraction {split.ValidationFraction} is kept apart to validate on) are {tokens.Length:N0} of "
                    + $"{split.FileLength:N0} tokens"),
                "use more text, a shorter context, a smaller validation_fraction, or 0 for no validation"),
        };
        return $"{found}, but a window of {length} and the token after it need {length + 1L}: {advice}.";
    }

    public static void Require(TokenMixture data, int length)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        string[] problems = [.. data.Texts.Select(text => FindProblem(text, length)).OfType<string>()];
        if (problems.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
