namespace Cs336.Tokenizers;

/// <summary>A pattern as a tree.</summary>
internal abstract record PatternNode
{
    /// <summary>Nothing.</summary>
    public static readonly PatternNode Empty = new Sequence([]);

    /// <summary>One code point of a set.</summary>
    public sealed record One(CodePointSet Set) : PatternNode;

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first of these that leads to a match.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Alternatives) : PatternNode;

    /// <summary>A part again and again: as often as it can be, or as rarely where it is lazy.</summary>
    /// <param name="Part">What is repeated.</param>
    /// <param name="Min">At least so often.</param>
    /// <param name="Max">At most so often; null without a limit.</param>
    /// <param name="IsLazy">Whether as rarely as possible.</param>
    public sealed record Repeat(PatternNode Part, int Min, int? Max, bool IsLazy) : PatternNode;

    /// <summary>
    /// Matches no text, only where the next code point is of a set, or where the text ends and <paramref name="AtEnd"/> is set.
    /// </summary>
    public sealed record Ahead(CodePointSet Set, bool AtEnd) : PatternNode;
}
