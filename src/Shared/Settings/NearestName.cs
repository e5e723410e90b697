namespace Cs336.Settings;

/// <summary>Finds what a misspelt key was meant to be.</summary>
internal static class NearestName
{
    /// <summary>
    /// The known name that the fewest insertions, deletions and replacements of characters lead to (Levenshtein, 1966), upper and
    /// lower case and underscores left aside; the first of several. Null where there are no names.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> known) => known.MinBy(candidate => Distance(Plain(name), Plain(candidate)));

    /// <summary>A name without what is left aside, so that <c>MaxSteps</c> and <c>max_steps</c> are the same.</summary>
    public static string Plain(string name) => name.Replace("_", "").ToLowerInvariant();

    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 0; i < from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < to.Length; j++)
            {
                int replaced = diagonal + (from[i] == to[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }
        return row[^1];
    }
}
