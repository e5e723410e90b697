namespace Cs336.Tokenizers;

/// <summary>What one code point, or several alike, are like in normalization.</summary>
internal struct UnicodeEntry
{
    /// <summary>How many bits of a decomposition's place are its length; the others are where it begins.</summary>
    public const int LengthBits = 5;

    /// <summary>The canonical combining class; 0 for starters, which marks are not sorted across.</summary>
    public byte CombiningClass;

    /// <summary>Whether it can compose with a code point before it.</summary>
    public bool Joins;

    /// <summary>Whether its canonical decomposition, composed anew, is itself.</summary>
    public bool Recomposes;

    /// <summary>Where its canonical decomposition is; 0 where it has none.</summary>
    public int Canonical;

    /// <summary>Where its compatibility decomposition is, which can be the canonical one's place; 0 where it has none.</summary>
    public int Compatibility;
}
