namespace Cs336.Tokenizers;

/// <summary>How a <see cref="BpeTokenizer"/> works; no option changes an id.</summary>
public sealed record BpeTokenizerOptions
{
    /// <summary>The least that <see cref="CacheBytes"/> may be.</summary>
    public const long MinCacheBytes = 3 << 16;

    /// <summary>The most that <see cref="CacheBytes"/> may be.</summary>
    public const long MaxCacheBytes = 3L << 28;

    /// <summary>
    /// About how many bytes the memory of words may take, which makes encoding fast: their ids are looked up instead of worked out anew. It
    /// begins small and grows with the words that are met, up to this, at least 196,608 (<see cref="MinCacheBytes"/>) and at most
    /// 805,306,368. Each thread that encodes at the same time has its own. 48 MiB by default.
    /// </summary>
    public long CacheBytes { get; init; } = 48 << 20;
}
