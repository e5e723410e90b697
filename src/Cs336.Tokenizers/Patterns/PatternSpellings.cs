namespace Cs336.Tokenizers;

/// <summary>Patterns that files write in several ways, and the pre-tokenizers that they mean.</summary>
internal static class PatternSpellings
{
    /// <summary>Patterns that are written differently and cut alike: the first of each row stands for the others.</summary>
    private static readonly string[][] Rows =
    [
        [
            @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
        ],
        [
            @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ],
    ];

    /// <summary>The spelling that stands for a pattern: its own where no other is known.</summary>
    public static string Canonical(string pattern) => Array.Find(Rows, row => row.Contains(pattern))?[0] ?? pattern;

    /// <summary>The scanner of a well-known pattern, however it is written; null for any other pattern.</summary>
    public static IPreTokenizer? FindKnown(string pattern) => PreTokenizers.Find(Canonical(pattern));
}
