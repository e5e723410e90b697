namespace Cs336.Tokenizers;

/// <summary>Pre-tokens in the order of their bytes, each once, with their counts.</summary>
internal interface ICountSource
{
    /// <summary>The bytes of the pre-token, until the next one is asked for.</summary>
    ReadOnlySpan<byte> PreToken { get; }

    /// <summary>Its first eight bytes as a number, the first the highest: most comparisons need no more.</summary>
    ulong Prefix { get; }

    /// <summary>Its count.</summary>
    long Count { get; }

    /// <summary>Goes to the next pre-token; false at the end.</summary>
    bool MoveNext();
}
