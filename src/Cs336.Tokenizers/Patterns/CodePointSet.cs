using System.Globalization;

namespace Cs336.Tokenizers;

/// <summary>
/// A set of code points, as patterns name them: by Unicode's categories, by ranges, and by what is not, or also, in another.
/// </summary>
/// <remarks>
/// Nothing lists the members. Between two <see cref="Borders"/> the category alone decides, so a set of any size costs next to nothing.
/// </remarks>
internal abstract record CodePointSet
{
    /// <summary>One more than the greatest code point.</summary>
    public const int End = 0x110000;

    /// <summary><c>\s</c>: Unicode's White_Space property.</summary>
    public static readonly CodePointSet WhiteSpace = Ranges(
        (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
        (0x205F, 0x205F), (0x3000, 0x3000));

    /// <summary>No code point at all.</summary>
    public static readonly CodePointSet None = Ranges();

    /// <summary>Every code point.</summary>
    public static readonly CodePointSet All = new Complement(None);

    /// <summary>Whether a code point, whose category is given along with it, is in the set.</summary>
    public abstract bool Contains(int codePoint, UnicodeCategory category);

    /// <summary>Code points at which membership may change for another reason than the category.</summary>
    public abstract IEnumerable<int> Borders();

    public bool Contains(int codePoint) => Contains(codePoint, CharUnicodeInfo.GetUnicodeCategory(codePoint));

    public static CodePointSet Ranges(params (int First, int Last)[] ranges) => new RangeSet(ranges);

    public static CodePointSet Of(int codePoint) => Ranges((codePoint, codePoint));

    public static CodePointSet Categories(params IEnumerable<UnicodeCategory> categories) =>
        new CategorySet(categories.Aggregate(0u, (mask, category) => mask | 1u << (int)category));

    public CodePointSet Or(CodePointSet other) => new Union(this, other);

    public CodePointSet And(CodePointSet other) => new Complement(new Union(new Complement(this), new Complement(other)));

    public CodePointSet Not() => new Complement(this);

    private sealed record RangeSet((int First, int Last)[] Members) : CodePointSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category)
        {
            foreach ((int first, int last) in Members)
            {
                if (codePoint >= first && codePoint <= last) return true;
            }
            return false;
        }

        public override IEnumerable<int> Borders() => Members.SelectMany(range => (int[])[range.First, range.Last + 1]);
    }

    private sealed record CategorySet(uint Mask) : CodePointSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) => (Mask >> (int)category & 1) != 0;

        public override IEnumerable<int> Borders() => [];
    }

    private sealed record Union(CodePointSet First, CodePointSet Second) : CodePointSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) =>
            First.Contains(codePoint, category) || Second.Contains(codePoint, category);

        public override IEnumerable<int> Borders() => First.Borders().Concat(Second.Borders());
    }

    private sealed record Complement(CodePointSet Other) : CodePointSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) => !Other.Contains(codePoint, category);

        public override IEnumerable<int> Borders() => Other.Borders();
    }
}
