namespace Cs336.Tokenizers;

/// <summary>The classes of 64 bytes as bit masks: bit i is byte i. A byte that is not ASCII is in <see cref="NonAscii"/> only.</summary>
internal struct ByteClasses
{
    /// <summary>A to Z and a to z.</summary>
    public ulong Letters;

    /// <summary>0 to 9.</summary>
    public ulong Numbers;

    /// <summary>ASCII white space: U+0009 to U+000D and U+0020.</summary>
    public ulong Spaces;

    /// <summary>U+0020 alone, which a pre-token may start with.</summary>
    public ulong Blanks;

    /// <summary>U+0027, which a contraction starts with.</summary>
    public ulong Apostrophes;

    /// <summary>Bytes of 128 and more.</summary>
    public ulong NonAscii;
}
