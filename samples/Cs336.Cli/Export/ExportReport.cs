namespace Cs336.Cli;

/// <summary>What a written model is not as it was asked for.</summary>
/// <param name="Differences">What is missing, or done otherwise by other programs, a sentence each.</param>
internal sealed record ExportReport(params IReadOnlyList<string> Differences)
{
    /// <summary>Matrices that are not of the type asked for, by their names there, with their types.</summary>
    public IReadOnlyDictionary<string, string> OtherTypes { get; init; } = new Dictionary<string, string>();
}
