namespace Cs336.Tokenizers;

/// <summary>Sets without regard to case.</summary>
internal static class CaseFolding
{
    /// <summary>
    /// The set with the other case of each ASCII letter in it, and with U+017F (ſ) for s and U+212A (K) for k, as Unicode folds them.
    /// Sets of categories have both cases in them already, as far as patterns use them so.
    /// </summary>
    public static CodePointSet Fold(CodePointSet set)
    {
        List<(int, int)> added = [];
        for (int upper = 'A'; upper <= 'Z'; upper++)
        {
            int lower = upper | 0x20;
            if (!set.Contains(upper) && !set.Contains(lower)) continue;
            added.Add((upper, upper));
            added.Add((lower, lower));
            if (lower == 's') added.Add((0x17F, 0x17F));
            if (lower == 'k') added.Add((0x212A, 0x212A));
        }
        return added.Count == 0 ? set : set.Or(CodePointSet.Ranges([.. added]));
    }
}
