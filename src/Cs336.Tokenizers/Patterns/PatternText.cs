namespace Cs336.Tokenizers;

/// <summary>Patterns in messages.</summary>
internal static class PatternText
{
    private const int MaxLength = 200;

    /// <summary>A pattern in quotes, on one line, and cut where it is long.</summary>
    public static string Quote(string pattern)
    {
        string shown = pattern.Length <= MaxLength ? pattern : $"{pattern.AsSpan(0, MaxLength)}…";
        return $"'{string.Concat(shown.Select(value => char.IsControl(value) ? $"\\u{(int)value:x4}" : value.ToString()))}'";
    }
}
