namespace Cs336.Tokenizers;

/// <summary>What a code point means for one normalization form.</summary>
[Flags]
internal enum CodePointTraits : byte
{
    /// <summary>It begins a cluster, and is in the form by itself.</summary>
    None = 0,

    /// <summary>It goes on with the cluster before it: it, or what it is decomposed into, may be sorted or composed with that.</summary>
    Joins = 1,

    /// <summary>A cluster that holds it may be other than the form.</summary>
    Rewritten = 2,
}
